/** A partition that must not go on without a person: the message says what to do. */
export class PartitionHalted extends Error {
  override readonly name = 'PartitionHalted'
  readonly code = 'partition_halted'
}

/** A partition that stays halted until the operator acts. The message says what is wrong. */
export class PartitionHalted extends Error {
  override readonly name = 'PartitionHalted'
  readonly code = 'partition_halted'
}

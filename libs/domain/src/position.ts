/**
 * The place of a record in the channel log. Offsets are comparable only within a partition, and a
 * recreated log starts a new epoch, so every comparison is of (epoch, offset). Example: epoch 1,
 * partition 3, offset 41 is earlier than epoch 2, partition 3, offset 0.
 */
export interface LogPosition {
  readonly epoch: number
  readonly partition: number
  readonly offset: number
}

/** Negative if `a` is earlier than `b`, 0 if they are equal. Both must be of one partition. */
export function comparePositions(a: LogPosition, b: LogPosition): number {
  return a.epoch - b.epoch || a.offset - b.offset
}

/**
 * The version of every write that a record causes: `epoch·2^44 + 2·offset + 1`. A write with a
 * lower version than the stored one changes nothing, so late and repeated writes of any dispatcher
 * are no-ops. Example: the writes of epoch 1, offset 41 have the version 2^44 + 83.
 */
export function versionOf(position: LogPosition): bigint {
  return (BigInt(position.epoch) << 44n) + 2n * BigInt(position.offset) + 1n
}

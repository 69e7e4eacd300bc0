/**
 * Where a record stands in the channel log. Offsets are only comparable within a partition; a
 * re-created log starts a new epoch, so every comparison is of (epoch, offset).
 */
export interface LogPosition {
  readonly epoch: number
  readonly partition: number
  readonly offset: number
}

/** Negative when `a` is earlier than `b`, 0 when equal. Both must be of one partition. */
export function comparePositions(a: LogPosition, b: LogPosition): number {
  return a.epoch - b.epoch || a.offset - b.offset
}

/**
 * The write version of everything a record causes: `epoch·2^44 + 2·offset + 1`. A write with a
 * lower version than what is stored changes nothing, so late and repeated writes of any dispatcher
 * are no-ops.
 */
export function versionOf(position: LogPosition): bigint {
  return (BigInt(position.epoch) << 44n) + 2n * BigInt(position.offset) + 1n
}

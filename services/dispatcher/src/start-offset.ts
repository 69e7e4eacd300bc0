import type { MessageLog, PartitionBounds } from '@rookery/log'
import type { MessageStore } from '@rookery/message-store'
import { PartitionHalted } from './partition-halted.ts'

/**
 * The offset from which a partition is folded: that of its progress row. The commit of the consumer
 * group is not used, because groups expire, and a reader that is out of range jumps silently.
 *
 * Example: progress (epoch 1, next 500) starts at 500 in a log of epoch 1 that holds 0 to 800. It
 * starts at 0 in a log of epoch 2. It halts in a log of epoch 1 that holds 0 to 300.
 *
 * @throws PartitionHalted if progress does not fit the log: records were lost, or it is another log
 */
export async function startOffset(
  partition: number,
  bounds: PartitionBounds,
  log: Pick<MessageLog, 'epoch' | 'read'>,
  store: Pick<MessageStore, 'progress' | 'setProgress' | 'hasRows'>,
): Promise<number> {
  const epoch = log.epoch.number
  let progress = await store.progress(partition)
  if (progress === null && (await store.hasRows(partition))) {
    // Another dispatcher may have begun in between. It wrote progress before its first row.
    progress = await store.progress(partition)
    if (progress === null)
      throw new PartitionHalted(
        `partition ${partition} has stored events but no progress row: restore the progress table from a backup`,
      )
  }
  if (progress === null) {
    await store.setProgress(partition, { epoch, next: bounds.start, lastTimestampMs: null })
    return bounds.start
  }
  if (progress.epoch > epoch)
    throw new PartitionHalted(
      `partition ${partition} was folded in epoch ${progress.epoch}, but the log is of epoch ${epoch}: it is an older log`,
    )
  if (progress.epoch < epoch) return bounds.start
  if (progress.next < bounds.start || progress.next > bounds.end)
    throw new PartitionHalted(
      `partition ${partition} is folded up to offset ${progress.next}, but the log holds ${bounds.start} to ${bounds.end}: records were lost, or this is another log`,
    )
  if (progress.lastTimestampMs !== null && progress.next > bounds.start) {
    const before = Math.max(bounds.start, progress.next - 1)
    const last = (await log.read(partition, before, 1))[0]
    if (last?.offset === progress.next - 1 && last.timestampMs !== progress.lastTimestampMs)
      throw new PartitionHalted(
        `the record before offset ${progress.next} of partition ${partition} is not the one that was folded: this is another log`,
      )
  }
  return progress.next
}

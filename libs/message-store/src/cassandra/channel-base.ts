import { comparePositions, type LogPosition } from '@rookery/domain'
import type { ChannelWriter } from '../message-store.ts'
import { bucketOf, long, type StoreContext } from './context.ts'

interface Base {
  seq: number
  messageNumber: number
}

/**
 * Finds the last event before a log position. Log positions rise with seq, so the search goes down
 * from the head in growing steps, and then halves the range. With n rows between the event and the
 * head it reads about log₂ n rows. A missing row counts as one at or after the log position,
 * because every turn before it was acknowledged as a whole.
 */
export function channelBase(context: StoreContext): Pick<ChannelWriter, 'channelBase'> {
  /** The event, if it exists and is before the log position. */
  const rowBefore = async (
    channelId: string,
    seq: number,
    before: LogPosition,
  ): Promise<Base | null> => {
    const row = await context.cassandra.first<{
      log_epoch: number | null
      log_offset: bigint
      message_number: bigint
    }>(
      `SELECT log_epoch, log_offset, message_number FROM events
       WHERE channel_id = ? AND bucket = ? AND seq = ?`,
      channelId,
      bucketOf(context, seq),
      long(seq),
    )
    if (row === undefined || row.log_epoch === null) return null
    const position = { ...before, epoch: row.log_epoch, offset: Number(row.log_offset) }
    return comparePositions(position, before) < 0
      ? { seq, messageNumber: Number(row.message_number) }
      : null
  }

  return {
    channelBase: async (channelId, before) => {
      const channel = await context.cassandra.first<{ head: bigint | null }>(
        'SELECT head FROM channels WHERE channel_id = ?',
        channelId,
      )
      const head = Number(channel?.head ?? 0)
      let base: Base = { seq: 0, messageNumber: 0 }
      /** The lowest seq that is known to be at or after the log position. */
      let end = Number.POSITIVE_INFINITY

      for (let seq = head, step = 1; seq > base.seq; seq = head - step, step *= 2) {
        const row = await rowBefore(channelId, seq, before)
        if (row === null) end = seq
        else base = row
      }
      // Rows may exist beyond the head, if a turn ended before it wrote the head.
      for (let step = 1; end === Number.POSITIVE_INFINITY; step *= 2) {
        const row = await rowBefore(channelId, base.seq + step, before)
        if (row === null) end = base.seq + step
        else base = row
      }
      while (end - base.seq > 1) {
        const middle = Math.floor((base.seq + end) / 2)
        const row = await rowBefore(channelId, middle, before)
        if (row === null) end = middle
        else base = row
      }
      return base
    },
  }
}

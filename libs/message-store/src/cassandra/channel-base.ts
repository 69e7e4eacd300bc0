import { comparePositions, type LogPosition } from '@rookery/domain'
import type { ChannelWriter } from '../message-store.ts'
import { bucketOf, long, type StoreContext } from './context.ts'

interface Base {
  seq: number
  messageNumber: number
}

/**
 * The last event before a position. Positions rise with seq, so it is searched for from the head in
 * growing steps and then by halves: as many reads as the number of rows between the two has digits.
 * A row that is not there counts as one from the position on, since whatever lies before it was
 * acknowledged as a whole.
 */
export function channelBase(context: StoreContext): Pick<ChannelWriter, 'channelBase'> {
  /** The event if it is there and stands before the position. */
  const rowBefore = async (
    channelId: string,
    seq: number,
    before: LogPosition,
  ): Promise<Base | null> => {
    const row = await context.session.first<{
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
      const channel = await context.session.first<{ head: bigint | null }>(
        'SELECT head FROM channels WHERE channel_id = ?',
        channelId,
      )
      const head = Number(channel?.head ?? 0)
      let base: Base = { seq: 0, messageNumber: 0 }
      /** The least seq known not to be before the position. */
      let end = Number.POSITIVE_INFINITY

      for (let seq = head, step = 1; seq > base.seq; seq = head - step, step *= 2) {
        const row = await rowBefore(channelId, seq, before)
        if (row === null) end = seq
        else base = row
      }
      // Rows beyond the head, where the head was not written any more.
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

import type { EventBody, EventRow } from '@rookery/domain'
import type { ChannelReader } from '../message-store.ts'
import { bucketOf, long, type StoreContext } from './context.ts'
import { cellToText } from './text-cell.ts'

interface EventColumns {
  seq: bigint
  /** Null if only an erasure has been stored. The event itself is still missing. */
  log_epoch: number | null
  log_partition: number
  log_offset: bigint
  message_number: bigint
  sent_at_ms: bigint
  username: string
  session: string
  client_seq: bigint
  body: string
  content: string | null
}

export function eventReader(context: StoreContext): Pick<ChannelReader, 'events'> {
  const { cassandra } = context

  const headOf = async (channelId: string): Promise<number> => {
    const row = await cassandra.first<{ head: bigint | null }>(
      'SELECT head FROM channels WHERE channel_id = ?',
      channelId,
    )
    return Number(row?.head ?? 0)
  }

  const inBucket = (
    channelId: string,
    bucket: number,
    after: number,
    last: number,
  ): Promise<EventColumns[]> =>
    cassandra.all<EventColumns>(
      `SELECT seq, log_epoch, log_partition, log_offset, message_number, sent_at_ms, username, session,
         client_seq, body, content
       FROM events WHERE channel_id = ? AND bucket = ? AND seq > ? AND seq <= ?`,
      channelId,
      bucket,
      long(after),
      long(last),
    )

  return {
    events: async (channelId, { after, limit }) => {
      const last = Math.min(await headOf(channelId), after + limit)
      const events: EventRow[] = []
      for (
        let bucket = bucketOf(context, after + 1);
        bucket <= bucketOf(context, last) && events.length < last - after;
        bucket += 1
      ) {
        const before = events.length
        for (const row of await inBucket(channelId, bucket, after, last)) {
          if (row.log_epoch === null || Number(row.seq) !== after + events.length + 1) return events
          events.push(toEvent(channelId, row, row.log_epoch))
        }
        if (events.length === before) break
      }
      return events
    },
  }
}

function toEvent(channelId: string, row: EventColumns, epoch: number): EventRow {
  return {
    channelId,
    seq: Number(row.seq),
    messageNumber: Number(row.message_number),
    position: { epoch, partition: row.log_partition, offset: Number(row.log_offset) },
    sentAtMs: Number(row.sent_at_ms),
    user: row.username,
    session: row.session,
    clientSeq: Number(row.client_seq),
    body: JSON.parse(row.body) as EventBody,
    text: cellToText(row.content),
  }
}

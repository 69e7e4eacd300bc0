import type { EventBody, EventRow, SessionRow, Text } from '@rookery/domain'
import type { ChannelReader } from '../message-store.ts'
import type { StoreFile } from './store-file.ts'

interface EventColumns {
  seq: number
  message_number: number
  epoch: number
  partition: number
  offset: number
  sent_at_ms: number
  user: string
  session: string
  client_seq: number
  body: string
  text: string | null
}
interface SessionColumns {
  seq: number
  epoch: number
  partition: number
  offset: number
  sent_at_ms: number
  body_hash: string
}

export function eventReader(file: StoreFile): Pick<ChannelReader, 'events' | 'sessionRow'> {
  return {
    events: (channelId, { after, limit }) =>
      file.read((statements) => {
        // A row of version 0 holds only an erasure: the event itself is still missing.
        const rows = statements.all<EventColumns>(
          `SELECT seq, message_number, epoch, partition, offset, sent_at_ms, user, session, client_seq, body, text
           FROM events
           WHERE channel_id = ?1 AND seq > ?2 AND version > 0
             AND seq <= (SELECT head FROM channels WHERE channel_id = ?1)
           ORDER BY seq LIMIT ?3`,
          channelId,
          after,
          limit,
        )
        const hole = rows.findIndex((row, index) => row.seq !== after + 1 + index)
        return (hole < 0 ? rows : rows.slice(0, hole)).map((row) => toEvent(channelId, row))
      }),

    sessionRow: (key, clientSeq) =>
      file.read((statements): SessionRow | null => {
        const row = statements.get<SessionColumns>(
          `SELECT seq, epoch, partition, offset, sent_at_ms, body_hash FROM sessions
           WHERE channel_id = ? AND user = ? AND session = ? AND client_seq = ?`,
          key.channelId,
          key.user,
          key.session,
          clientSeq,
        )
        if (row === undefined) return null
        const { channelId, user, session } = key
        const { seq, epoch, partition, offset } = row
        return {
          channelId,
          user,
          session,
          clientSeq,
          position: { epoch, partition, offset },
          seq,
          sentAtMs: row.sent_at_ms,
          bodyHash: row.body_hash,
        }
      }),
  }
}

function toEvent(channelId: string, row: EventColumns): EventRow {
  const { seq, epoch, partition, offset, user, session } = row
  return {
    channelId,
    seq,
    messageNumber: row.message_number,
    position: { epoch, partition, offset },
    sentAtMs: row.sent_at_ms,
    user,
    session,
    clientSeq: row.client_seq,
    body: JSON.parse(row.body) as EventBody,
    text: row.text === null ? null : (JSON.parse(row.text) as Text),
  }
}

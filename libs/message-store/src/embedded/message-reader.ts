import type { Text } from '@rookery/domain'
import type { ChannelReader, MessageRow } from '../message-store.ts'
import type { StoreFile } from './store-file.ts'

interface Columns {
  channel_id: string
  seq: number
  message_number: number
  user: string
  sent_at_ms: number
  session: string
  client_seq: number
  text: string | null
  edited_at_ms: number | null
  deleted_at_ms: number | null
  deleted_epoch: number
  deleted_partition: number
  deleted_offset: number
  edits: string
  reactions: string
}

const columns = `m.channel_id, m.seq, m.message_number, m.user, m.sent_at_ms, m.session, m.client_seq, m.text,
  m.edited_at_ms, m.deleted_at_ms, m.deleted_epoch, m.deleted_partition, m.deleted_offset,
  (SELECT json_group_array(e.edit_seq) FROM message_edits e
     WHERE e.channel_id = m.channel_id AND e.seq = m.seq) AS edits,
  (SELECT json_group_array(json_array(json(r.emoji), r.username)) FROM reactions r
     WHERE r.channel_id = m.channel_id AND r.seq = m.seq AND r.present = 1) AS reactions`

// In a row without sent_version, only an edit or a deletion has been stored, not yet the message.
const select = `SELECT ${columns} FROM messages m WHERE m.sent_version > 0`

export function messageReader(
  file: StoreFile,
): Pick<ChannelReader, 'messages' | 'message' | 'lastMessages'> {
  return {
    messages: (channelId, { before, after, limit }) =>
      file.read((statements) => {
        if (after !== undefined) {
          return statements
            .all<Columns>(
              `${select} AND m.channel_id = ? AND m.seq > ? ORDER BY m.seq LIMIT ?`,
              channelId,
              after,
              limit,
            )
            .map(toMessage)
        }
        return statements
          .all<Columns>(
            `${select} AND m.channel_id = ? AND m.seq < ? ORDER BY m.seq DESC LIMIT ?`,
            channelId,
            before ?? Number.MAX_SAFE_INTEGER,
            limit,
          )
          .map(toMessage)
          .reverse()
      }),

    message: (channelId, seq) =>
      file.read((statements) => {
        const row = statements.get<Columns>(
          `${select} AND m.channel_id = ? AND m.seq = ?`,
          channelId,
          seq,
        )
        return row === undefined ? null : toMessage(row)
      }),

    lastMessages: (channelIds) =>
      file.read((statements) => {
        const rows = statements.all<Columns>(
          `SELECT ${columns} FROM json_each(?) wanted JOIN messages m
             ON m.channel_id = wanted.value AND m.seq =
               (SELECT l.seq FROM messages l WHERE l.channel_id = wanted.value AND l.sent_version > 0
                ORDER BY l.seq DESC LIMIT 1)`,
          JSON.stringify(channelIds),
        )
        return new Map(rows.map((row) => [row.channel_id, toMessage(row)]))
      }),
  }
}

function toMessage(row: Columns): MessageRow {
  return {
    channelId: row.channel_id,
    seq: row.seq,
    messageNumber: row.message_number,
    user: row.user,
    sentAtMs: row.sent_at_ms,
    session: row.session,
    clientSeq: row.client_seq,
    text: row.text === null ? null : (JSON.parse(row.text) as Text),
    editedAtMs: row.edited_at_ms,
    deletedAtMs: row.deleted_at_ms,
    deletedPosition:
      row.deleted_at_ms === null
        ? null
        : {
            epoch: row.deleted_epoch,
            partition: row.deleted_partition,
            offset: row.deleted_offset,
          },
    editSeqs: (JSON.parse(row.edits) as number[]).sort((a, b) => a - b),
    reactions: toReactions(JSON.parse(row.reactions) as [emoji: string, username: string][]),
  }
}

function toReactions(pairs: readonly (readonly [string, string])[]): Map<string, string[]> {
  const usernamesOf = new Map<string, string[]>()
  for (const emoji of pairs.map(([each]) => each).sort()) usernamesOf.set(emoji, [])
  for (const [emoji, username] of pairs) usernamesOf.get(emoji)?.push(username)
  for (const usernames of usernamesOf.values()) usernames.sort()
  return usernamesOf
}

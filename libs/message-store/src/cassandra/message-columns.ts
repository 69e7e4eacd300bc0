import type { MessageRow } from '../message-store.ts'
import { cellToText } from './text-cell.ts'

export interface MessageColumns {
  channel_id: string
  seq: bigint
  message_number: bigint
  username: string
  sent_at_ms: bigint | null
  session: string
  client_seq: bigint
  content: string | null
  edited_at_ms: bigint | null
  edit_seqs: readonly bigint[] | null
  deleted_at_ms: bigint | null
  deleted_epoch: number
  deleted_partition: number
  deleted_offset: bigint
  reactions: ReadonlyMap<string, boolean> | null
}

export function toMessage(row: MessageColumns): MessageRow {
  const deleted = row.deleted_at_ms !== null
  return {
    channelId: row.channel_id,
    seq: Number(row.seq),
    messageNumber: Number(row.message_number),
    user: row.username,
    sentAtMs: Number(row.sent_at_ms),
    session: row.session,
    clientSeq: Number(row.client_seq),
    text: deleted ? null : cellToText(row.content),
    editedAtMs: row.edited_at_ms === null ? null : Number(row.edited_at_ms),
    deletedAtMs: deleted ? Number(row.deleted_at_ms) : null,
    deletedPosition: deleted
      ? {
          epoch: row.deleted_epoch,
          partition: row.deleted_partition,
          offset: Number(row.deleted_offset),
        }
      : null,
    editSeqs: (row.edit_seqs ?? []).map(Number).sort((a, b) => a - b),
    reactions: toReactions(row.reactions ?? new Map<string, boolean>()),
  }
}

function toReactions(cells: ReadonlyMap<string, boolean>): Map<string, string[]> {
  const pairs = [...cells]
    .filter(([, present]) => present)
    .map(([key]) => JSON.parse(key) as [emoji: string, username: string])
  const usernamesOf = new Map<string, string[]>()
  for (const emoji of pairs.map(([each]) => each).sort()) usernamesOf.set(emoji, [])
  for (const [emoji, username] of pairs) usernamesOf.get(emoji)?.push(username)
  for (const usernames of usernamesOf.values()) usernames.sort()
  return usernamesOf
}

import {
  bodyHash,
  canonicalJson,
  decodeRecord,
  fold,
  type EventRow,
  type SessionRow,
} from '@rookery/domain'
import type { LoggedRecord } from '@rookery/log'

/** The rows that a log must result in, computed in one pass by one reader that never fails. */
export interface Reference {
  /** Canonical JSON of each row, by `channelId seq`, with erased texts gone. */
  rows: Map<string, string>
  rowAt: Map<number, EventRow>
  /** Session rows by `channelId user session clientSeq`. */
  sessions: Map<string, SessionRow>
  /** `channelId username` → role, for the members at the end. */
  members: Map<string, string>
  /**
   * Offsets of records of an unknown version. The partition may not pass the first.
   */
  newer: number[]
  invalid: number[]
}

export function referenceOf(log: readonly LoggedRecord[]): Reference {
  const channels = new Map<string, { seq: number; messageNumber: number }>()
  const highest = new Map<string, number>()
  const ref: Reference = {
    rows: new Map(),
    rowAt: new Map(),
    sessions: new Map(),
    members: new Map(),
    newer: [],
    invalid: [],
  }
  const rows: EventRow[] = []
  for (const logged of log) {
    const decoded = decodeRecord(logged.key, logged.value)
    if (!decoded.ok) {
      if ('newer' in decoded) {
        ref.newer.push(logged.offset)
        break
      }
      ref.invalid.push(logged.offset)
      continue
    }
    const { record } = decoded
    const { channelId, user, session } = record
    const state = channels.get(channelId) ?? { seq: 0, messageNumber: 0 }
    const key = `${channelId} ${user} ${session}`
    const position = { epoch: 1, partition: 0, offset: logged.offset }
    const { timestampMs } = logged
    const result = fold(state, highest.get(key) ?? 0, { record, position, timestampMs })
    if (result.kind !== 'accepted') continue
    channels.set(channelId, result.state)
    highest.set(key, record.clientSeq)
    rows.push(result.row)
    ref.rowAt.set(logged.offset, result.row)
    ref.sessions.set(`${key} ${record.clientSeq}`, {
      ...result.session,
      bodyHash: bodyHash(record.body),
    })
    applyMembership(ref.members, result.row)
  }
  for (const row of rows)
    ref.rows.set(
      `${row.channelId} ${row.seq}`,
      canonicalJson(isErased(row, rows) ? { ...row, text: null } : row),
    )
  return ref
}

function isErased(row: EventRow, rows: readonly EventRow[]): boolean {
  const target =
    row.body.type === 'message_edited'
      ? row.body.targetSeq
      : row.body.type === 'chat_message'
        ? row.seq
        : null
  if (target === null) return false
  const isMessage = rows.some(
    (one) =>
      one.channelId === row.channelId &&
      one.seq === target &&
      one.seq <= row.seq &&
      one.body.type === 'chat_message',
  )
  return (
    isMessage &&
    rows.some(
      ({ channelId, seq, body }) =>
        channelId === row.channelId &&
        body.type === 'message_deleted' &&
        seq > target &&
        body.targetSeq === target,
    )
  )
}

function applyMembership(members: Map<string, string>, { channelId, body, user }: EventRow): void {
  const at = (username: string): string => `${channelId} ${username}`
  switch (body.type) {
    case 'channel_created':
      for (const { username, role } of body.members) members.set(at(username), role)
      break
    case 'participant_joined':
      if (!members.has(at(body.username))) members.set(at(body.username), 'member')
      break
    case 'participant_left':
      members.delete(at(body.username))
      break
    case 'role_changed':
      if (members.has(at(body.username))) members.set(at(body.username), body.role)
      if (body.role === 'owner' && body.username !== user && members.has(at(user)))
        members.set(at(user), 'admin')
      break
    default:
  }
}

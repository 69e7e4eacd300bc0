import {
  canonicalJson,
  decodeRecord,
  fold,
  type ChannelState,
  type EventRow,
  type Text,
} from '@rookery/domain'
import type { LoggedRecord } from '@rookery/log'
import { effectOfRow } from '../operation.ts'

/** A membership: from one join to the leave that ended it. */
export interface Span {
  joinedSeq: number
  /** Null for a user who is still a member. */
  leftSeq: number | null
}
/** A channel as the log alone defines it. */
export interface ChannelTruth {
  channelId: string
  /** Event `seq` is at index `seq - 1`. Erased texts are removed. */
  rows: readonly EventRow[]
  /** At index `seq - 1`: the effect of the event, with its text as it was sent. */
  effects: readonly string[]
  texts: readonly (Text | null)[]
  /** Seqs of messages that were deleted. */
  deleted: ReadonlySet<number>
  spans: ReadonlyMap<string, readonly Span[]>
}
export interface Truth {
  channels: ReadonlyMap<string, ChannelTruth>
  /**
   * By partition: the offset of the first record of an unknown version. Nothing after it may be
   * stored.
   */
  newer: ReadonlyMap<number, number>
}

/** Folds a log offline, in one pass. @param partitions the records of each, in ascending order */
export function truthOf(
  epoch: number,
  partitions: ReadonlyMap<number, readonly LoggedRecord[]>,
): Truth {
  const states = new Map<string, ChannelState>()
  const highest = new Map<string, number>()
  const rows = new Map<string, EventRow[]>()
  const newer = new Map<number, number>()
  for (const [partition, records] of partitions)
    for (const { key, value, offset, timestampMs } of records) {
      const decoded = decodeRecord(key, value)
      if (!decoded.ok) {
        if (!('newer' in decoded)) continue
        newer.set(partition, offset)
        break
      }
      const { record } = decoded
      const { channelId, user, session, clientSeq } = record
      const sessionKey = canonicalJson([channelId, user, session])
      const state = states.get(channelId) ?? { seq: 0, messageNumber: 0 }
      const position = { epoch, partition, offset }
      const result = fold(state, highest.get(sessionKey) ?? 0, { record, position, timestampMs })
      if (result.kind !== 'accepted') continue
      states.set(channelId, result.state)
      highest.set(sessionKey, clientSeq)
      const some = rows.get(channelId)
      if (some === undefined) rows.set(channelId, [result.row])
      else some.push(result.row)
    }
  const channels = [...rows].map(([id, some]): [string, ChannelTruth] => [id, channelOf(id, some)])
  return { channels: new Map(channels), newer }
}

export function channelOf(channelId: string, folded: readonly EventRow[]): ChannelTruth {
  const deletedAt = new Map<number, number>()
  for (const { seq, body } of folded)
    if (body.type === 'message_deleted' && isMessage(folded, body.targetSeq, seq))
      if (!deletedAt.has(body.targetSeq)) deletedAt.set(body.targetSeq, seq)
  const erased = ({ seq, body }: EventRow): boolean =>
    body.type === 'chat_message'
      ? deletedAt.has(seq)
      : body.type === 'message_edited' &&
        isMessage(folded, body.targetSeq, seq) &&
        deletedAt.has(body.targetSeq)
  return {
    channelId,
    rows: folded.map((row) => (erased(row) ? { ...row, text: null } : row)),
    effects: folded.map((row) => effectOfRow(row, row.text)),
    texts: folded.map((row) => row.text),
    deleted: new Set(deletedAt.keys()),
    spans: spansOf(folded),
  }
}

/** True if the user was a member at event `at`. */
export function wasMember({ spans }: ChannelTruth, user: string, at: number): boolean {
  return (spans.get(user) ?? []).some(
    ({ joinedSeq, leftSeq }) => joinedSeq <= at && (leftSeq === null || at <= leftSeq),
  )
}

function isMessage(rows: readonly EventRow[], target: number, before: number): boolean {
  return target < before && rows[target - 1]?.body.type === 'chat_message'
}

function spansOf(rows: readonly EventRow[]): Map<string, Span[]> {
  const spans = new Map<string, Span[]>()
  const join = (user: string, seq: number): void => {
    const mine = spans.get(user) ?? []
    if (mine.at(-1)?.leftSeq === null) return
    spans.set(user, [...mine, { joinedSeq: seq, leftSeq: null }])
  }
  for (const { seq, body } of rows) {
    if (body.type === 'channel_created') for (const one of body.members) join(one.username, seq)
    if (body.type === 'participant_joined') join(body.username, seq)
    if (body.type !== 'participant_left') continue
    const last = spans.get(body.username)?.at(-1)
    if (last?.leftSeq === null) last.leftSeq = seq
  }
  return spans
}

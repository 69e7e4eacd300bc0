import {
  encodeRecord,
  eventFrame,
  groupChannelId,
  recordVersion,
  type ChannelRecord,
  type RecordBody,
} from '@rookery/domain'
import type { LoggedRecord } from '@rookery/log'
import { History, type Entry, type EventView, type ReadMessage } from '../history.ts'
import type { Operation } from '../operation.ts'
import type { Evidence } from './evidence.ts'
import { truthOf } from './truth.ts'

/**
 * The channel of a run in which nothing went wrong, for tests of the checker. Its members are ann,
 * bob on bare sockets, and cat, who is removed and added again.
 */
export const channelId: string = groupChannelId('ann', { clientKey: 'room' })
const clockOffsetMs = 1_000_000_000_000
/** Longer than every bound, so that an entry that is moved by one step is late. */
const stepMs = 60_000
const members = ['ann', 'bob', 'cat'].map((username) => ({
  username,
  role: username === 'ann' ? ('owner' as const) : ('member' as const),
}))

/** The step at index n makes event n + 1 at `stepMs` × (n + 1). */
const steps: readonly { user: string; operation: Operation; body: RecordBody }[] = [
  {
    user: 'ann',
    operation: {
      type: 'create_channel',
      channelId,
      kind: 'group',
      participants: ['bob', 'cat'],
      clientKey: 'room',
    },
    body: { type: 'channel_created', kind: 'group', name: null, clientKey: 'room', members },
  },
  says('ann', 'a1'),
  says('bob', 'b1'),
  {
    user: 'ann',
    operation: { type: 'edit_message', channelId, seq: 2, content: 'a1, rather' },
    body: { type: 'message_edited', targetSeq: 2, content: 'a1, rather' },
  },
  {
    user: 'cat',
    operation: { type: 'add_reaction', channelId, seq: 2, emoji: '👍' },
    body: { type: 'reaction_added', targetSeq: 2, emoji: '👍' },
  },
  {
    user: 'bob',
    operation: { type: 'delete_message', channelId, seq: 3 },
    body: { type: 'message_deleted', targetSeq: 3 },
  },
  {
    user: 'ann',
    operation: { type: 'remove_participant', channelId, username: 'cat' },
    body: { type: 'participant_left', username: 'cat' },
  },
  says('ann', 'a2'),
  {
    user: 'ann',
    operation: { type: 'add_participants', channelId, participants: ['cat'] },
    body: { type: 'participant_joined', username: 'cat' },
  },
  says('bob', 'b2'),
  says('ann', 'a3'),
]
export const removedSeq = 7
export const addedSeq = 9

export function timeOf(seq: number): number {
  return seq * stepMs
}

/** The log of that run; `change` may alter a record on its way into it. */
export function goodLog(
  change: (record: ChannelRecord, seq: number) => ChannelRecord = (record) => record,
): LoggedRecord[] {
  return steps.map(({ user, body }, index) => {
    const record: ChannelRecord = {
      v: recordVersion,
      channelId,
      user,
      session: `session of ${user}`,
      clientSeq: index + 1,
      origin: 'chat-server-1',
      body,
    }
    const value = encodeRecord(change(record, index + 1))
    const timestampMs = clockOffsetMs + timeOf(index + 1)
    return { partition: 0, offset: 3 * index, timestampMs, key: channelId, value }
  })
}

export function goodEvidence(log: readonly LoggedRecord[] = goodLog()): Evidence {
  const truth = truthOf(1, new Map([[0, log]]))
  const rows = truth.channels.get(channelId)?.rows ?? []
  const sent = truthOf(1, new Map([[0, log]])).channels.get(channelId)
  const frame = (seq: number): EventView => {
    const row = rows[seq - 1]
    if (row === undefined) throw new RangeError(`there is no event ${seq}`)
    return eventFrame({ ...row, text: sent?.texts[seq - 1] ?? null }) as EventView
  }
  const entries: Entry[] = []
  for (const [index, { user, operation }] of steps.entries()) {
    const seq = index + 1
    const at = timeOf(seq)
    const event = frame(seq)
    entries.push({ kind: 'invoked', at: at - 5, op: seq, user, operation })
    entries.push({ kind: 'received', at: at + 5, user: 'bob', socket: 1, via: 'push', event })
    for (const { username } of members) {
      if (username === 'cat' && seq > removedSeq && seq <= addedSeq) continue
      if (seq === 1)
        entries.push({ kind: 'opened', at: at + 5, user: username, channelId, last: 0 })
      entries.push({ kind: 'shown', at: at + 5, user: username, event })
    }
    entries.push({ kind: 'acked', at: at + 10, op: seq, seq })
    if (seq === removedSeq) entries.push({ kind: 'closed', at: at + 10, user: 'cat', channelId })
    if (seq === addedSeq)
      entries.push({ kind: 'opened', at: at + 10, user: 'cat', channelId, last: addedSeq })
  }
  const now: ReadMessage[] = [
    { seq: 2, content: 'a1, rather', editedAt: 'then', reactions: { '👍': ['cat'] } },
    { seq: 3, deletedAt: 'then' },
    { seq: 8, content: 'a2' },
    { seq: 10, content: 'b2' },
    { seq: 11, content: 'a3' },
  ]
  entries.push(
    ...after(timeOf(8) + 100, [
      { kind: 'invoked', op: 20, user: 'cat', operation: says('cat', 'c1').operation },
      { kind: 'refused', op: 20, code: 'not_found' },
      {
        kind: 'invoked',
        op: 21,
        user: 'bob',
        operation: { type: 'mark_channel_read', channelId, seq: 8 },
      },
      { kind: 'acked', op: 21, seq: null },
      { kind: 'fault', name: 'redis kill -9', phase: 'apply' },
      { kind: 'fault', name: 'redis kill -9', phase: 'heal' },
    ]),
    {
      kind: 'read',
      at: timeOf(11) + 50,
      user: 'bob',
      channelId,
      from: timeOf(11) + 40,
      head: 11,
      messages: now,
    },
  )
  entries.sort((a, b) => a.at - b.at)
  const everyone = members.map(({ username }) => username)
  const events = rows.map((row) => eventFrame(row) as EventView)
  return {
    history: History.of(entries),
    truth,
    stored: new Map([[channelId, rows]]),
    readings: everyone.flatMap((user) =>
      ['chat-server-1', 'chat-server-2'].map((by) => ({ channelId, user, by, events })),
    ),
    pages: ['api-1', 'api-2'].map((by) => ({ channelId, user: 'ann', by, messages: now })),
    listings: [
      { user: 'ann', lastReadSeq: 11, unread: 0 },
      { user: 'bob', lastReadSeq: 10, unread: 1 },
      { user: 'cat', lastReadSeq: addedSeq, unread: 2 },
    ].map(({ user, ...rest }) => ({
      user,
      by: 'api-1',
      channels: [{ channelId, head: 11, ...rest }],
    })),
    clockOffsetMs,
    slack: 1,
  }
}

function says(user: string, content: string): (typeof steps)[number] {
  return {
    user,
    operation: { type: 'chat_message', channelId, content },
    body: { type: 'chat_message', content },
  }
}

function after(at: number, entries: readonly Record<string, unknown>[]): Entry[] {
  return entries.map((entry, index) => ({ at: at + index, ...entry }) as unknown as Entry)
}

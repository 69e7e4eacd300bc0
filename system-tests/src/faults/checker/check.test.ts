import { describe, expect, it } from '@jest/globals'
import { History, type Entry, type EventView } from '../history.ts'
import { check } from './check.ts'
import { rules, type Evidence, type Rule } from './evidence.ts'
import { addedSeq, channelId, goodEvidence, goodLog, removedSeq, timeOf } from './good-evidence.ts'
import { truthOf } from './truth.ts'

type Change = (good: Evidence) => Evidence

/** Changes the entries one by one. Null drops an entry, a list replaces it by several. */
function entries(change: (entry: Entry) => Entry | readonly Entry[] | null): Change {
  return (good) => {
    const changed = good.history.entries.flatMap((entry) => change(entry) ?? [])
    return { ...good, history: History.of(changed.sort((a, b) => a.at - b.at)) }
  }
}

function withEntry(entry: Entry): Change {
  return (good) => {
    const all = [...good.history.entries, entry].sort((a, b) => a.at - b.at)
    return { ...good, history: History.of(all) }
  }
}

/** Changes the entry at which one user was shown this seq. */
function shown(
  user: string,
  seq: number,
  change: (entry: Entry) => Entry | Entry[] | null,
): Change {
  return entries((entry) =>
    entry.kind === 'shown' && entry.user === user && entry.event.seq === seq
      ? change(entry)
      : entry,
  )
}

function outcome(op: number, change: (entry: Entry) => Entry | null): Change {
  return entries((entry) =>
    (entry.kind === 'acked' || entry.kind === 'refused') && entry.op === op ? change(entry) : entry,
  )
}

/**
 * The platform as it would be with another log. The history of the users stays the same.
 */
function otherLog(log: ReturnType<typeof goodLog>): Change {
  return (good) => {
    const truth = truthOf(1, new Map([[0, log]]))
    const stored = new Map([...truth.channels].map(([id, { rows }]) => [id, rows]))
    return { ...good, truth, stored }
  }
}

function rows(
  change: (rows: Evidence['stored'] extends ReadonlyMap<string, infer R> ? R : never) => unknown[],
): Change {
  return (good) => {
    const changed = change(good.stored.get(channelId) ?? [])
    return { ...good, stored: new Map([[channelId, changed]]) as Evidence['stored'] }
  }
}

function firstReading(change: (events: readonly EventView[]) => EventView[]): Change {
  return (good) => ({
    ...good,
    readings: good.readings.map((one, i) =>
      i === 0 ? { ...one, events: change(one.events) } : one,
    ),
  })
}

function firstPage(change: (message: Record<string, unknown>) => object | null): Change {
  return (good) => ({
    ...good,
    pages: good.pages.map((one) => ({
      ...one,
      messages: one.messages.flatMap((message) => change(message) ?? []),
    })) as Evidence['pages'],
  })
}

function listed(user: string, change: object): Change {
  return (good) => ({
    ...good,
    listings: good.listings.map((one) =>
      one.user === user
        ? { ...one, channels: one.channels.map((c) => ({ ...c, ...change })) }
        : one,
    ),
  })
}

const log = goodLog()
const event = (good: Evidence, user: string, seq: number): EventView => {
  const found = good.history.entries.find(
    (entry) => entry.kind === 'shown' && entry.user === user && entry.event.seq === seq,
  )
  if (found?.kind !== 'shown') throw new RangeError(`${user} was not shown ${seq}`)
  return found.event
}

const mutations: readonly [string, Rule, Change][] = [
  ['a message that is lost', 'acked-is-stored', otherLog(log.filter((_, i) => i !== 9))],
  ['an ack with another seq', 'acked-is-stored', outcome(8, (e) => ({ ...e, seq: 10 }) as Entry)],
  [
    'an altered text',
    'acked-is-stored',
    otherLog(
      goodLog((record, seq) =>
        seq === 8 ? { ...record, body: { type: 'chat_message', content: 'a!' } } : record,
      ),
    ),
  ],
  [
    'an edit that is lost',
    'acked-is-stored',
    (good) =>
      outcome(
        4,
        (e) => ({ ...e, seq: null }) as Entry,
      )(otherLog(log.filter((_, i) => i !== 3))(good)),
  ],
  [
    'a message that was refused and is stored',
    'refused-is-not',
    outcome(8, ({ at }) => ({ at, kind: 'refused', op: 8, code: 'not_found' })),
  ],
  [
    'a message that nobody sent',
    'nothing-invented',
    entries((e) => ((e.kind === 'invoked' || e.kind === 'acked') && e.op === 8 ? null : e)),
  ],
  [
    'a message that is stored twice',
    'nothing-twice',
    otherLog([...log, { ...again(7), offset: 99, timestampMs: again(10).timestampMs + 1 }]),
  ],
  [
    'one membership change more than users asked for',
    'nothing-twice',
    otherLog([...log, { ...again(6), offset: 99, timestampMs: again(10).timestampMs + 1 }]),
  ],
  ['a gap in the rows', 'numbered', rows((all) => all.filter((_, i) => i !== 4))],
  [
    'a gap in the events that are read back',
    'numbered',
    firstReading((all) => all.filter((_, i) => i !== 4)),
  ],
  ['a row that is not in the log', 'refold', rows((all) => [...all, { ...all.at(-1), seq: 12 }])],
  [
    'a row with another time',
    'refold',
    rows((all) => all.map((row, i) => (i === 2 ? { ...row, sentAtMs: 5 } : row))),
  ],
  [
    'a row at another offset',
    'refold',
    rows((all) =>
      all.map((row, i) => (i === 2 ? { ...row, position: { ...row.position, offset: 1 } } : row)),
    ),
  ],
  [
    'a row whose erased text is still there',
    'refold',
    rows((all) => all.map((row, i) => (i === 2 ? { ...row, text: { content: 'b1' } } : row))),
  ],
  [
    'rows behind a record of an unknown version',
    'refold',
    (good) => ({
      ...good,
      truth: truthOf(
        1,
        new Map([[0, log.map((one, i) => (i === 9 ? { ...one, value: newer(one.value) } : one))]]),
      ),
    }),
  ],
  [
    'two messages of one user that changed places',
    'session-order',
    entries((e) =>
      e.kind === 'invoked' && (e.op === 8 || e.op === 11)
        ? { ...e, at: e.op === 8 ? timeOf(11) : timeOf(7) }
        : e,
    ),
  ],
  [
    'a message with a greater seq than one that was sent after its ack',
    'real-time-order',
    entries((e) =>
      (e.kind === 'invoked' || e.kind === 'acked') && e.op === 10 ? { ...e, at: timeOf(7) } : e,
    ),
  ],
  [
    'an event shown as something else',
    'one-meaning',
    shown(
      'ann',
      8,
      (e) => ({ ...e, event: { ...(e as { event: EventView }).event, content: 'b!' } }) as Entry,
    ),
  ],
  [
    'an event read back as something else',
    'one-meaning',
    firstReading((all) => all.map((one, i) => (i === 7 ? { ...one, content: 'x' } : one))),
  ],
  [
    'an event whose seq is not in the log',
    'one-meaning',
    (good) =>
      withEntry({
        kind: 'received',
        at: timeOf(12),
        user: 'bob',
        socket: 1,
        via: 'push',
        event: { ...event(good, 'bob', 11), seq: 12 },
      })(good),
  ],
  ['an event shown twice', 'shown-in-steps', shown('ann', 8, (e) => [e, e])],
  ['an event left out', 'shown-in-steps', shown('ann', 8, () => null)],
  [
    'two events shown in the wrong order',
    'shown-in-steps',
    entries((e) =>
      e.kind === 'shown' && e.user === 'ann' && e.event.seq === 8 ? { ...e, at: timeOf(9) + 6 } : e,
    ),
  ],
  [
    'an event shown of a channel that is closed',
    'shown-in-steps',
    (good) =>
      withEntry({ kind: 'shown', at: timeOf(8), user: 'cat', event: event(good, 'bob', 8) })(good),
  ],
  ['a last event that is never shown', 'shown-in-time', shown('bob', 11, () => null)],
  [
    'an event shown too late',
    'shown-in-time',
    shown('bob', 11, (e) => ({ ...e, at: e.at + 11_000 })),
  ],
  ['a send without an answer', 'resolved', outcome(11, () => null)],
  ['an answer that comes too late', 'resolved', outcome(11, (e) => ({ ...e, at: e.at + 31_000 }))],
  [
    'a send whose client gave up',
    'resolved',
    outcome(11, ({ at }) => ({ at, kind: 'unknown', op: 11, why: 'closed' })),
  ],
  [
    'a history without the newest event that was seen',
    'history-has-what-was-seen',
    entries((e) => (e.kind === 'read' ? { ...e, head: 10, messages: e.messages.slice(0, -1) } : e)),
  ],
  [
    'a history page with a gap',
    'history-has-what-was-seen',
    entries((e) =>
      e.kind === 'read' ? { ...e, messages: e.messages.filter(({ seq }) => seq !== 8) } : e,
    ),
  ],
  [
    'a server that leaves out the last event',
    'readings-agree',
    firstReading((all) => all.slice(0, -1)),
  ],
  [
    'a server that sends a text that was erased',
    'readings-agree',
    firstReading((all) => all.map((one, i) => (i === 2 ? { ...one, content: 'b1' } : one))),
  ],
  [
    'a text from before its edit',
    'as-it-is-now',
    firstPage((m) => (m['seq'] === 2 ? { ...m, content: 'a1' } : m)),
  ],
  [
    'the text of a deleted message',
    'as-it-is-now',
    firstPage((m) => (m['seq'] === 3 ? { seq: 3, content: 'b1' } : m)),
  ],
  ['a lost reaction', 'as-it-is-now', firstPage((m) => ({ ...m, reactions: {} }))],
  ['a page without a message', 'as-it-is-now', firstPage((m) => (m['seq'] === 8 ? null : m))],
  ['a wrong unread count', 'unread', listed('bob', { unread: 2 })],
  ['a read mark that went back', 'unread', listed('bob', { lastReadSeq: 7, unread: 3 })],
  ['a wrong head', 'unread', listed('ann', { head: 10 })],
  [
    'an event shown to a user who was never a member',
    'no-right-to-see',
    (good) =>
      withEntry({
        kind: 'received',
        at: timeOf(11),
        user: 'dan',
        socket: 2,
        via: 'push',
        event: event(good, 'bob', 11),
      })(good),
  ],
  [
    'an event shown to a user who was removed long ago',
    'no-right-to-see',
    (good) =>
      withEntry({
        kind: 'received',
        at: timeOf(8),
        user: 'cat',
        socket: 2,
        via: 'sync',
        event: event(good, 'bob', 2),
      })(good),
  ],
  [
    'a push to a user right after its `channel_left`',
    'no-right-to-see',
    (good) =>
      withEntry({
        kind: 'received',
        at: timeOf(removedSeq) + 50,
        user: 'cat',
        socket: 2,
        via: 'push',
        event: event(good, 'bob', 8),
      })(good),
  ],
  [
    'a page read by a user who was removed long ago',
    'no-right-to-see',
    entries((e) =>
      e.kind === 'read'
        ? { ...e, user: 'cat', at: timeOf(8), from: timeOf(8), head: 8, messages: [] }
        : e,
    ),
  ],
  [
    'a channel read back by a stranger',
    'no-right-to-see',
    (good) => ({
      ...good,
      readings: good.readings.map((one, i) => (i === 0 ? { ...one, user: 'dan' } : one)),
    }),
  ],
  [
    'a message of a user who was removed long ago',
    'no-right-to-write',
    otherLog(
      goodLog((record, seq) => (seq === addedSeq - 1 ? { ...record, user: 'cat' } : record)),
    ),
  ],
  [
    'a reset of a user’s channel',
    'never-reset',
    withEntry({ kind: 'reset', at: timeOf(11), user: 'ann', channelId, head: 9 }),
  ],
  [
    'a user who is turned away',
    'never-turned-away',
    withEntry({ kind: 'turned-away', at: timeOf(11), user: 'ann', code: '4009' }),
  ],
]

describe('the checker', () => {
  it('reports nothing for a run in which nothing went wrong', () => {
    expect(check(goodEvidence())).toEqual([])
  })

  it.each(mutations)('the checker reports %s (%s)', (_what, rule, change) => {
    const broken = check(change(goodEvidence())).map((violation) => violation.rule)
    expect(broken).toContain(rule)
  })

  it('has a mutation for every rule that it claims', () => {
    const tested = new Set(mutations.map(([, rule]) => rule))
    expect(rules.filter((rule) => !tested.has(rule))).toEqual([])
  })

  it('excuses a delay by a fault until the bound after the end of the fault', () => {
    const fault = [
      { kind: 'fault', name: 'kafka kill -9', phase: 'apply', at: timeOf(11) - 100 },
      { kind: 'fault', name: 'kafka kill -9', phase: 'heal', at: timeOf(11) + 20_000 },
    ] as const
    const during = (good: Evidence): Evidence =>
      fault.reduce((all, one) => withEntry(one)(all), good)
    const late = (ms: number): Evidence =>
      shown('bob', 11, (e) => ({ ...e, at: e.at + ms }))(during(goodEvidence()))
    expect(check(late(29_000))).toEqual([])
    expect(check(late(31_000)).map(({ rule }) => rule)).toContain('shown-in-time')
  })
})

function again(index: number): (typeof log)[number] {
  const record = log[index]
  if (record === undefined) throw new RangeError(`there is no record ${index}`)
  const parsed = JSON.parse(new TextDecoder().decode(record.value)) as object
  return { ...record, value: encode({ ...parsed, clientSeq: 99 }) }
}

function newer(value: Uint8Array): Uint8Array {
  return encode({ ...(JSON.parse(new TextDecoder().decode(value)) as object), v: 2 })
}

function encode(record: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record))
}

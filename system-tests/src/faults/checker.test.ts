import { describe, expect, it } from '@jest/globals'
import { violationsIn, type ChannelFound, type Found } from './checker.ts'
import { History, type Entry } from './history.ts'

const channelId = 'c'
const events: Found[] = [
  { seq: 1, text: null },
  { seq: 2, text: 'a1' },
  { seq: 3, text: 'b1' },
  { seq: 4, text: 'a2' },
]
/** A run in which nothing went wrong: ann and bob in one channel, told apart by the first letter of their texts. */
const entries: Entry[] = [
  { kind: 'sent', at: 1, user: 'ann', channelId, text: 'a1' },
  { kind: 'acked', at: 2, user: 'ann', channelId, text: 'a1', seq: 2 },
  { kind: 'sent', at: 3, user: 'bob', channelId, text: 'b1' },
  { kind: 'sent', at: 4, user: 'ann', channelId, text: 'a2' },
  { kind: 'acked', at: 5, user: 'bob', channelId, text: 'b1', seq: 3 },
  { kind: 'acked', at: 6, user: 'ann', channelId, text: 'a2', seq: 4 },
  ...['ann', 'bob'].flatMap((user) =>
    events
      .slice(1)
      .map(({ seq, text }): Entry => ({ kind: 'shown', at: 7, user, channelId, text, seq })),
  ),
]
const found = (changed: readonly Found[] = events): ChannelFound[] => [
  {
    channelId,
    members: ['ann', 'bob'],
    readings: [
      { by: 'one server', events: changed },
      { by: 'the log', events: changed },
    ],
  },
]
const check = (list: readonly Entry[], channels = found()) =>
  violationsIn(History.of(list), channels)
const change = (index: number, more: object): Entry[] =>
  entries.map((entry, i) => (i === index ? ({ ...entry, ...more } as Entry) : entry))

describe('history checker', () => {
  it('finds nothing in a good history', () => {
    expect(check(entries)).toEqual([])
  })

  it.each<[string, readonly Entry[], ChannelFound[]]>([
    ['a lost message', entries, found(events.slice(0, 3))],
    ['a doubled one', entries, found([...events, { seq: 5, text: 'a1' }])],
    ['a gap', entries, found(events.filter((event) => event.seq !== 3))],
    [
      'two that changed places',
      entries,
      found(
        [events[0], events[2], events[1], events[3]].map((event, i) => ({
          seq: i + 1,
          text: event?.text ?? null,
        })),
      ),
    ],
    [
      'an altered text',
      entries,
      found(events.map((event) => (event.seq === 3 ? { ...event, text: 'b!' } : event))),
    ],
    ['one that nobody sent', entries, found([...events, { seq: 5, text: 'x' }])],
    ['an ack with another seq', change(1, { seq: 3 }), found()],
    ['an ack below one that came before the send', change(4, { seq: 2, text: 'b1' }), found()],
    ['an event shown as something else', change(6, { text: 'b1' }), found()],
    ['an event shown twice', [...entries, entries.at(-1) as Entry], found()],
    ['an event left out', entries.filter((_, i) => i !== 7), found()],
    ['the last one never shown', entries.slice(0, -1), found()],
    [
      'readers that disagree',
      entries,
      [
        {
          channelId,
          members: [],
          readings: [
            { by: 'one', events },
            { by: 'two', events: events.slice(0, 3) },
          ],
        },
      ],
    ],
    ['nobody who could read', entries, [{ channelId, members: [], readings: [] }]],
  ])('sees %s', (_what, list, channels) => {
    expect(check(list, channels)).not.toEqual([])
  })
})

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { MessageStore, TurnWrites } from '../message-store.ts'
import { type CurrentStore, fresh } from './store-under-test.ts'
import { at, editOf, firstText, headAt, messageEvent, sessionOf, writes } from './writes.ts'

/** The changes that one record after the channel's first four events may make. */
type Change =
  | { kind: 'name' | 'topic'; text: string }
  | { kind: 'member'; username: string; present: boolean | null; role: 'admin' | 'member' | null }
  | { kind: 'edit'; target: number; text: string | null }
  | { kind: 'delete'; target: number }
  | { kind: 'react'; target: number; username: string; present: boolean }

const messageSeqs = [1, 2, 3, 4]
const usernames = ['ann', 'bob']
const target = fc.constantFrom(...messageSeqs)
const username = fc.constantFrom(...usernames)
const text = fc.string({ unit: 'grapheme', maxLength: 6 })
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constantFrom('name' as const, 'topic' as const), text }),
  fc.record({
    kind: fc.constant('member' as const),
    username,
    present: fc.option(fc.boolean()),
    role: fc.option(fc.constantFrom('admin' as const, 'member' as const)),
  }),
  fc.record({ kind: fc.constant('edit' as const), target, text: fc.option(text) }),
  fc.record({ kind: fc.constant('delete' as const), target }),
  fc.record({ kind: fc.constant('react' as const), target, username, present: fc.boolean() }),
)

/** A set of writes, and two orders in which they arrive. Some of them arrive twice. */
const arrivals = fc.array(change, { minLength: 1, maxLength: 14 }).chain((changes) => {
  const count = messageSeqs.length + 1 + changes.length
  const indexes = Array.from({ length: count }, (_, index) => index)
  const order = fc
    .array(fc.constantFrom(...indexes), { maxLength: 6 })
    .chain((repeated) =>
      fc.shuffledSubarray([...indexes, ...repeated], { minLength: count + repeated.length }),
    )
  return fc.record({ changes: fc.constant(changes), one: order, other: order })
})

export function describeOrder(current: CurrentStore): void {
  describe('writes', () => {
    it('reaches the same state by the same writes in any order and with any repetition', async () => {
      const { store } = current()
      await fc.assert(
        fc.asyncProperty(arrivals, async ({ changes, one, other }) => {
          const states: unknown[] = []
          for (const order of [one, other]) {
            const channelId = fresh('channel')
            const all = turnsOf(channelId, changes)
            for (const index of order) await store.write(all[index] ?? writes({}))
            states.push(await stateOf(store, channelId))
          }
          expect(states[0]).toEqual(states[1])
        }),
        { numRuns: 40 },
      )
    })

    it('changes no stored column by a write of a lower version', async () => {
      const { store } = current()
      const channelId = fresh('channel')
      const turn = (position: ReturnType<typeof at>, mark: string): TurnWrites => {
        const row = messageEvent(channelId, 1, { position, text: { content: mark } })
        return writes({
          events: [{ ...row, user: mark, session: mark, sentAtMs: position.offset }],
          sessions: [{ ...sessionOf(row), bodyHash: mark, sentAtMs: position.offset }],
          heads: [headAt(row)],
          channels: [
            {
              channelId,
              position,
              name: mark,
              topic: mark,
              created: {
                kind: 'group',
                createdBy: mark,
                createdAtMs: position.offset,
                nameKey: mark,
              },
            },
          ],
          members: [
            { channelId, username: 'ann', position, present: mark === 'late', role: 'admin' },
          ],
          texts: [
            {
              ...firstText(row),
              sent: {
                user: mark,
                sentAtMs: position.offset,
                messageNumber: 1,
                session: mark,
                clientSeq: 1,
              },
            },
          ],
          reactions: [
            { channelId, seq: 1, emoji: '+', username: 'ann', position, present: mark === 'late' },
          ],
        })
      }
      await store.write(turn(at(70, 2), 'late'))
      const before = await stateOf(store, channelId)
      await store.write(turn(at(60, 2), 'early'))
      await store.write(turn(at(90_000, 1), 'of an earlier epoch'))
      expect(await stateOf(store, channelId)).toEqual(before)
      expect(before).toMatchObject({ channel: { name: 'late', createdBy: 'late' } })
    })

    it('changes nothing by a repeated write', async () => {
      const { store } = current()
      const channelId = fresh('channel')
      const all = turnsOf(channelId, [
        { kind: 'edit', target: 2, text: 'edited' },
        { kind: 'delete', target: 3 },
        { kind: 'member', username: 'bob', present: false, role: null },
      ])
      for (const turn of all) await store.write(turn)
      const before = await stateOf(store, channelId)
      for (const turn of all) await store.write(turn)
      expect(await stateOf(store, channelId)).toEqual(before)
    })
  })
}

/**
 * Four messages and the creation, then one turn for each change. Each record has a log position of
 * its own.
 */
function turnsOf(channelId: string, changes: readonly Change[]): TurnWrites[] {
  const first = messageSeqs.map((seq) => {
    const row = messageEvent(channelId, seq)
    return writes({
      events: [row],
      sessions: [sessionOf(row)],
      texts: [firstText(row)],
      heads: [headAt(row)],
    })
  })
  const created = writes({
    channels: [
      {
        channelId,
        position: at(5),
        created: { kind: 'group', createdBy: 'ann', createdAtMs: 5, nameKey: null },
        name: 'first name',
      },
    ],
    members: usernames.map((member) => ({
      channelId,
      username: member,
      position: at(5),
      present: true,
      role: 'member',
    })),
  })
  return [...first, created, ...changes.map((each, i) => turnOf(channelId, each, 5 + i))]
}

function turnOf(channelId: string, each: Change, seq: number): TurnWrites {
  const position = at(10 * seq)
  const place = { channelId, position }
  switch (each.kind) {
    case 'name':
      return writes({ channels: [{ ...place, name: each.text }] })
    case 'topic':
      return writes({ channels: [{ ...place, topic: each.text }] })
    case 'member':
      return writes({
        members: [
          {
            ...place,
            username: each.username,
            ...(each.present === null ? {} : { present: each.present }),
            ...(each.role === null ? {} : { role: each.role }),
          },
        ],
      })
    case 'edit': {
      const content = each.text === null ? null : { content: each.text }
      return writes({ texts: [editOf(channelId, each.target, { seq, position, text: content })] })
    }
    case 'delete':
      return writes({
        deletions: [{ ...place, seq: each.target, deletedAtMs: seq }],
        erasures: [{ ...place, seq: each.target }],
      })
    case 'react':
      return writes({
        reactions: [
          {
            ...place,
            seq: each.target,
            emoji: '+',
            username: each.username,
            present: each.present,
          },
        ],
      })
  }
}

/** Everything that a reader can see of a channel, without its id. */
async function stateOf(store: MessageStore, channelId: string): Promise<unknown> {
  const key = { channelId, user: 'ann', session: 'laptop' }
  const state = {
    channel: await store.channel(channelId),
    events: await store.events(channelId, { after: 0, limit: 100 }),
    messages: (await store.messages(channelId, { limit: 100 })).map((message) => ({
      ...message,
      reactions: [...message.reactions],
    })),
    members: await store.members(channelId, { limit: 100 }),
    ann: await store.member(channelId, 'ann'),
    bob: await store.member(channelId, 'bob'),
    memberCount: await store.memberCount(channelId),
    base: await store.channelBase(channelId, at(1_000, 9)),
    session: await store.sessionRow(key, 2),
    sessionBase: await store.sessionBase(key, at(1_000, 9)),
  }
  return JSON.parse(JSON.stringify(state).replaceAll(channelId, 'channel')) as unknown
}

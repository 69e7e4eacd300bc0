import type { Choice, PresenceFacts } from '@rookery/directory'
import type { PresenceUpdate } from '@rookery/domain'
import { describe, expect, it } from '@jest/globals'
import { type Leaving, looksDifferent, mergeStatus } from './merge-status.ts'

const t0 = Date.parse('2026-05-01T12:00:00.000Z')
const at = (seconds: number): number => t0 + seconds * 1_000
const time = (seconds: number): string => new Date(at(seconds)).toISOString()

const choice = (status: Choice['status'], text: string | null = null): Choice => ({
  status,
  text,
  atMs: at(-50),
})
const facts = (some: Partial<PresenceFacts>): PresenceFacts => ({
  connected: true,
  lastConnectedMs: at(0),
  choice: null,
  ...some,
})
const seen = (status: PresenceUpdate['status'], lastSeen: string | null): PresenceUpdate => ({
  userId: 'ann',
  status,
  lastSeen,
})
const merge = (
  known: PresenceFacts,
  before: PresenceUpdate,
  nowMs: number,
  leaving: Leaving | null = null,
): ReturnType<typeof mergeStatus> =>
  mergeStatus({ facts: known, seen: before, nowMs, leaving, graceMs: 4_000 })

describe('a connected user', () => {
  const never = seen('offline', null)
  const cases: [string, Choice | null, Partial<PresenceUpdate>][] = [
    ['without a choice as online', null, { status: 'online' }],
    ['who chose online as online', choice('online'), { status: 'online' }],
    ['who chose away as away', choice('away'), { status: 'away' }],
    ['with the chosen text', choice('busy', 'in a call'), { status: 'busy', text: 'in a call' }],
  ]
  it.each(cases)(
    'shows a connected user %s, seen at the last report',
    (_title, chosen, expected) => {
      expect(merge(facts({ choice: chosen }), never, at(1))).toEqual({
        kind: 'shown',
        update: { userId: 'ann', lastSeen: time(0), ...expected },
      })
    },
  )

  it('never moves the time at which a user was last seen backwards', () => {
    const merged = merge(facts({ lastConnectedMs: at(-9) }), seen('online', time(-5)), at(1))
    expect(merged).toMatchObject({ update: { lastSeen: time(-5) } })
  })

  it('ends the grace of a user who left before the clock was set back', () => {
    const gone = facts({ connected: false, lastConnectedMs: at(7_200) })
    const leaving = { sinceMs: at(7_200), lastVisibleMs: at(7_200) }
    const merged = merge(gone, seen('online', time(0)), at(1), leaving)
    expect(merged).toMatchObject({ kind: 'leaving', dueMs: at(5) })
  })

  it('shows a user who came back within the grace as before', () => {
    const leaving = { sinceMs: at(-3), lastVisibleMs: at(-4) }
    expect(merge(facts({}), seen('online', time(-4)), at(0), leaving)).toEqual({
      kind: 'shown',
      update: seen('online', time(0)),
    })
  })
})

// Each test must hold for both: others cannot tell an invisible user from one who left.
describe.each([
  ['left', facts({ connected: false })],
  ['became invisible', facts({ choice: choice('invisible', 'secret') })],
])('a user who %s', (_how, gone) => {
  it('is still shown as before when the grace begins', () => {
    expect(merge(gone, seen('busy', time(-5)), at(1))).toEqual({
      kind: 'leaving',
      leaving: { sinceMs: at(1), lastVisibleMs: at(0) },
      dueMs: at(5),
    })
  })

  it('keeps the time at which the grace began', () => {
    const leaving = { sinceMs: at(1), lastVisibleMs: at(0) }
    expect(merge(gone, seen('busy', null), at(4.9), leaving)).toMatchObject({
      kind: 'leaving',
      leaving,
    })
  })

  it('is offline after the grace, without a text, last seen at the report before it', () => {
    const before: PresenceUpdate = { ...seen('busy', time(-5)), text: 'in a call' }
    const leaving = { sinceMs: at(1), lastVisibleMs: at(-2) }
    expect(merge(gone, before, at(5), leaving)).toEqual({
      kind: 'shown',
      update: seen('offline', time(-2)),
    })
  })

  it('keeps being shown as offline if they were offline before', () => {
    for (const lastSeen of [null, time(-900)])
      expect(merge(gone, seen('offline', lastSeen), at(100))).toEqual({
        kind: 'shown',
        update: seen('offline', lastSeen),
      })
  })
})

describe('a user whose server died', () => {
  it('shows a user of a dead server as offline 15 s after the last report', () => {
    const gone = facts({ connected: false, lastConnectedMs: at(0) })
    expect(merge(gone, seen('online', time(0)), at(15))).toEqual({
      kind: 'shown',
      update: seen('offline', time(0)),
    })
    expect(merge(gone, seen('online', time(0)), at(13))).toMatchObject({ dueMs: at(15) })
  })

  it('gives the grace to a user whose reports the board has lost, and keeps lastSeen', () => {
    const gone = facts({ connected: false, lastConnectedMs: null })
    const leaving = { sinceMs: at(0), lastVisibleMs: null }
    expect(merge(gone, seen('online', time(-7)), at(3), leaving)).toMatchObject({ dueMs: at(4) })
    expect(merge(gone, seen('online', time(-7)), at(4), leaving)).toEqual({
      kind: 'shown',
      update: seen('offline', time(-7)),
    })
  })
})

describe('looksDifferent', () => {
  it.each([
    ['a new status is', seen('away', time(0)), true],
    ['a new text is', { ...seen('online', time(0)), text: 'hi' }, true],
    ['a new time is not', seen('online', time(9)), false],
  ])('decides that %s a change for watchers', (_what, after, isChange) => {
    expect(looksDifferent(seen('online', time(0)), after)).toBe(isChange)
  })
})

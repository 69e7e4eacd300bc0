import { beforeEach, describe, expect, it } from '@jest/globals'
import type { EndedFamily } from '@rookery/accounts'
import type { Push } from '@rookery/domain'
import { createLogger } from '@rookery/service-kit'
import { EndedFamilies } from './ended-families.ts'

const logger = createLogger('test', { level: 'silent' })
let revoked: EndedFamily[]
let asked: number[]
let published: Push[]
let away: boolean
let ended: EndedFamilies

beforeEach(() => {
  revoked = []
  asked = []
  published = []
  away = false
  const orAway = <T>(value: T) =>
    away ? Promise.reject(new Error('away')) : Promise.resolve(value)
  ended = new EndedFamilies({
    accounts: {
      revokedSince: (sinceMs) => {
        asked.push(sinceMs)
        return orAway(revoked)
      },
    },
    broadcast: (pushes) => orAway(undefined).then(() => void published.push(...pushes)),
    logger,
    accessTokenTtlMs: 900_000,
  })
})

const family = (familyId: string, reason: EndedFamily['reason'] = 'ended') => ({
  familyId,
  reason,
  endedAtMs: 1,
})

describe('EndedFamilies', () => {
  it('publishes a family as soon as this process ends it, and refuses its tokens', async () => {
    await ended.announce(['a', 'b'], 'banned')
    expect(published).toEqual([{ k: 'families_ended', familyIds: ['a', 'b'], reason: 'banned' }])
    expect([ended.has('a'), ended.has('c')]).toEqual([true, false])
    await ended.announce([], 'ended')
    expect(published).toHaveLength(1)
  })

  it('publishes with every poll the families that any process ended, by reason', async () => {
    revoked = [family('a'), family('b', 'banned'), family('c')]
    for (const _poll of [1, 2]) await ended.poll(10_000_000)
    const both = [
      { k: 'families_ended', familyIds: ['a', 'c'], reason: 'ended' },
      { k: 'families_ended', familyIds: ['b'], reason: 'banned' },
    ]
    expect(published).toEqual([...both, ...both])
    expect(['a', 'b', 'c'].every((id) => ended.has(id))).toBe(true)
  })

  it('reads back as far as the life of an access token plus the error of a clock', async () => {
    await ended.poll(10_000_000)
    expect(asked).toEqual([10_000_000 - 900_000 - 10_000])
  })

  it('forgets an ended family once all its tokens have expired', async () => {
    await ended.announce(['a'], 'ended')
    await ended.poll(10_000_000)
    expect(ended.has('a')).toBe(false)
  })

  it('keeps refusing a family that ended during a poll', async () => {
    const polled = ended.poll(10_000_000)
    await ended.announce(['a'], 'ended')
    await polled
    expect(ended.has('a')).toBe(true)
  })

  it('splits many ended families into pushes of a bounded size', async () => {
    revoked = Array.from({ length: 1_001 }, (_, n) => family(String(n)))
    await ended.poll(0)
    const sizes = published.map((push) => (push.k === 'families_ended' ? push.familyIds.length : 0))
    expect(sizes).toEqual([500, 500, 1])
  })

  it('keeps refusing known ended families while the accounts and the bus are away', async () => {
    revoked = [family('a')]
    await ended.poll(0)
    away = true
    await ended.poll(0)
    await ended.announce(['b'], 'ended')
    expect([ended.has('a'), ended.has('b')]).toEqual([true, true])
  })
})

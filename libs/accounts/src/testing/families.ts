import { describe, expect, it } from '@jest/globals'
import type { Accounts, FamilyLifetime, Rotation } from '../accounts.ts'
import { eachOpened, type OpenedAccounts, register, startMs } from './opened.ts'

const hourMs = 3_600_000
const at = (nowMs: number): FamilyLifetime => ({
  nowMs,
  idleMs: 24 * hourMs,
  absoluteMs: 100 * hourMs,
})
const soon = at(startMs + 1)

const start = (accounts: Accounts, username = 'ann', atMs = startMs) =>
  accounts.startFamily({ username, atMs })

async function rotated(
  accounts: Accounts,
  refreshToken: string,
  lifetime: FamilyLifetime = soon,
): Promise<string> {
  const rotation = await accounts.rotate(refreshToken, lifetime)
  expect(rotation.outcome).toBe('rotated')
  return (rotation as Extract<Rotation, { outcome: 'rotated' }>).refreshToken
}

export function describeFamilies(open: () => Promise<OpenedAccounts>): void {
  describe('rotation', () => {
    const opened = eachOpened(open)

    it('exchanges a refresh token for another one of the same family', async () => {
      const { accounts } = opened
      const { familyId, refreshToken } = await start(accounts)
      const rotation = await accounts.rotate(refreshToken, soon)
      expect(rotation).toEqual({
        outcome: 'rotated',
        familyId,
        username: 'ann',
        refreshToken: expect.stringMatching(/^[\w-]{43}$/),
      })
      expect(rotation).not.toMatchObject({ refreshToken })
    })

    it('gives the same successor of a token to 20 concurrent calls, and again later', async () => {
      const { accounts } = opened
      const { refreshToken } = await start(accounts)
      const successors = await Promise.all(
        Array.from({ length: 20 }, () => rotated(accounts, refreshToken)),
      )
      expect(new Set(successors).size).toBe(1)
      await expect(rotated(accounts, refreshToken, at(startMs + hourMs))).resolves.toBe(
        successors[0],
      )
    })

    it('gives the same successor of a token after a restart', async () => {
      const { refreshToken } = await start(opened.accounts)
      const successor = await rotated(opened.accounts, refreshToken)
      const accounts = await opened.reopen()
      await expect(rotated(accounts, refreshToken)).resolves.toBe(successor)
      await rotated(accounts, await rotated(accounts, successor))
    })

    it('ends the family when a token comes after its successor', async () => {
      const { accounts } = opened
      const { familyId, refreshToken: first } = await start(accounts)
      const second = await rotated(accounts, first)
      const third = await rotated(accounts, second)
      await expect(accounts.rotate(first, soon)).resolves.toEqual({
        outcome: 'reuse',
        familyId,
        username: 'ann',
      })
      for (const token of [first, second, third]) {
        await expect(accounts.rotate(token, soon)).resolves.toEqual({ outcome: 'ended' })
      }
      await expect(accounts.revokedSince(startMs, 10)).resolves.toMatchObject([{ familyId }])
    })

    it('notices the reuse of a token that is 50 generations old', async () => {
      const { accounts } = opened
      const { refreshToken: first } = await start(accounts)
      let token = first
      for (let n = 0; n < 50; n++) token = await rotated(accounts, token)
      await expect(accounts.rotate(first, soon)).resolves.toMatchObject({ outcome: 'reuse' })
    })

    it('reports at most one reuse when old and new tokens come concurrently', async () => {
      const { accounts } = opened
      const { refreshToken: first } = await start(accounts)
      const second = await rotated(accounts, first)
      const outcomes = await Promise.all(
        [second, first, first, second].map(
          async (token) => (await accounts.rotate(token, soon)).outcome,
        ),
      )
      expect(outcomes.filter((outcome) => outcome === 'reuse').length).toBeLessThanOrEqual(1)
      // The order is open. But the first token after the second is a reuse, which ends the family.
      await accounts.rotate(second, soon)
      const last = await accounts.rotate(first, soon)
      expect(['reuse', 'ended']).toContain(last.outcome)
      await expect(accounts.rotate(second, soon)).resolves.toEqual({ outcome: 'ended' })
    })

    it('counts a token as unknown that was never issued', async () => {
      const { accounts } = opened
      const { familyId, refreshToken } = await start(accounts)
      const forged = ['', 'x', familyId, refreshToken.slice(1), refreshToken.toUpperCase(), 'a\0b']
      for (const token of forged) {
        await expect(accounts.rotate(token, soon)).resolves.toEqual({ outcome: 'unknown' })
        await expect(accounts.familyOf(token)).resolves.toBeNull()
      }
      await rotated(accounts, refreshToken)
    })

    it('ends only the family whose token was reused', async () => {
      const { accounts } = opened
      const [one, two] = [await start(accounts), await start(accounts)]
      expect(one.familyId).not.toBe(two.familyId)
      const next = await rotated(accounts, one.refreshToken)
      await rotated(accounts, next)
      await accounts.rotate(one.refreshToken, soon)
      await rotated(accounts, two.refreshToken)
    })

    it('lets a family expire after idleMs without use, and after absoluteMs in any case', async () => {
      const { accounts } = opened
      const idle = await start(accounts)
      await expect(accounts.rotate(idle.refreshToken, at(startMs + 24 * hourMs))).resolves.toEqual({
        outcome: 'expired',
      })
      let token = (await start(accounts)).refreshToken
      for (let hour = 23; hour < 100; hour += 23) {
        token = await rotated(accounts, token, at(startMs + hour * hourMs))
      }
      await expect(accounts.rotate(token, at(startMs + 100 * hourMs))).resolves.toEqual({
        outcome: 'expired',
      })
    })

    it('replaces all tokens of a live family by a new one', async () => {
      const { accounts } = opened
      const { familyId, refreshToken: first } = await start(accounts)
      const second = await rotated(accounts, first)
      const family = { username: 'ann', familyId }
      const fresh = (await accounts.reissue(family, startMs)) ?? ''
      for (const token of [first, second]) {
        await expect(accounts.rotate(token, soon)).resolves.toEqual({ outcome: 'unknown' })
      }
      const next = await rotated(accounts, fresh)
      await expect(rotated(accounts, fresh)).resolves.toBe(next)
      await rotated(accounts, next)
      await expect(accounts.rotate(fresh, soon)).resolves.toMatchObject({
        outcome: 'reuse',
        familyId,
      })
      await expect(accounts.reissue(family, startMs)).resolves.toBeNull()
      const other = await start(accounts, 'bob')
      const foreign = { username: 'ann', familyId: other.familyId }
      await expect(accounts.reissue(foreign, startMs)).resolves.toBeNull()
      await rotated(accounts, other.refreshToken)
    })

    it('returns the family of a token in any state', async () => {
      const { accounts } = opened
      const { familyId, refreshToken } = await start(accounts)
      const successor = await rotated(accounts, refreshToken)
      await accounts.revoke({ username: 'ann' }, 'ended', startMs)
      for (const token of [refreshToken, successor]) {
        await expect(accounts.familyOf(token)).resolves.toEqual({ familyId, username: 'ann' })
      }
    })
  })

  describe('families', () => {
    const opened = eachOpened(open)
    const idsOf = async (accounts: Accounts, username = 'ann', lifetime = soon) =>
      (await accounts.listFamilies(username, lifetime)).map((family) => family.familyId)

    it('lists the live families of a user, last used first', async () => {
      const { accounts } = opened
      const device = 'Firefox 😀\0'
      const one = await accounts.startFamily({ username: 'ann', atMs: startMs, device })
      const two = await start(accounts, 'ann', startMs + 5)
      await start(accounts, 'bob')
      const used = at(startMs + 9)
      await rotated(accounts, one.refreshToken, used)
      await expect(accounts.listFamilies('ann', used)).resolves.toEqual([
        { familyId: one.familyId, startedAtMs: startMs, usedAtMs: startMs + 9, device },
        { familyId: two.familyId, startedAtMs: startMs + 5, usedAtMs: startMs + 5 },
      ])
      await accounts.revoke({ username: 'ann', familyId: one.familyId }, 'ended', startMs)
      await expect(idsOf(accounts)).resolves.toEqual([two.familyId])
      await expect(idsOf(accounts, 'ann', at(startMs + 25 * hourMs))).resolves.toEqual([])
    })

    it('lists at most 100 families', async () => {
      const { accounts } = opened
      await Promise.all(Array.from({ length: 101 }, () => start(accounts)))
      await expect(idsOf(accounts)).resolves.toHaveLength(100)
    })

    it('ends one family, all but one, or all, and returns the ended ones', async () => {
      const { accounts } = opened
      const ids: string[] = []
      for (let n = 0; n < 4; n++) ids.push((await start(accounts)).familyId)
      const [one = '', two = '', ...rest] = ids
      const other = await start(accounts, 'bob')
      const end = (which: object) =>
        accounts.revoke({ username: 'ann', ...which }, 'ended', startMs)
      await expect(end({ familyId: other.familyId })).resolves.toEqual([])
      await expect(end({ familyId: one })).resolves.toEqual([one])
      await expect(end({ familyId: one })).resolves.toEqual([])
      expect((await end({ exceptFamilyId: two })).sort()).toEqual(rest.sort())
      await expect(end({})).resolves.toEqual([two])
      await expect(idsOf(accounts)).resolves.toEqual([])
      await rotated(accounts, other.refreshToken)
    })

    it('lists recently ended families with the reason, also after a restart', async () => {
      const one = await start(opened.accounts)
      const two = await start(opened.accounts, 'bob')
      await start(opened.accounts, 'eve')
      await opened.accounts.revoke({ username: 'ann' }, 'ended', startMs + 10)
      await opened.accounts.revoke({ username: 'bob' }, 'banned', startMs + 20)
      await opened.accounts.revoke({ username: 'bob' }, 'ended', startMs + 30)
      const accounts = await opened.reopen()
      const ended = [
        { familyId: two.familyId, reason: 'banned', endedAtMs: startMs + 20 },
        { familyId: one.familyId, reason: 'ended', endedAtMs: startMs + 10 },
      ]
      await expect(accounts.revokedSince(startMs, 10)).resolves.toEqual(ended)
      await expect(accounts.revokedSince(startMs + 10, 1)).resolves.toEqual(ended.slice(0, 1))
      await expect(accounts.revokedSince(startMs + 20, 10)).resolves.toEqual(ended.slice(0, 1))
      await expect(accounts.revokedSince(startMs + 21, 10)).resolves.toEqual([])
    })

    it('ends a family at its last use if the clock was set back since', async () => {
      const { accounts } = opened
      const { familyId } = await start(accounts, 'ann', startMs + 2 * hourMs)
      await accounts.revoke({ username: 'ann' }, 'ended', startMs)
      const expected = [{ familyId, reason: 'ended', endedAtMs: startMs + 2 * hourMs }]
      await expect(accounts.revokedSince(startMs + hourMs, 10)).resolves.toEqual(expected)
    })

    it('ends all families of a deleted account', async () => {
      const { accounts } = opened
      await register(accounts, 'ann')
      const { familyId, refreshToken } = await start(accounts)
      await expect(accounts.delete('ann', startMs + 1)).resolves.toEqual([familyId])
      await expect(accounts.delete('ann', startMs + 2)).resolves.toEqual([])
      await expect(accounts.rotate(refreshToken, soon)).resolves.toEqual({ outcome: 'ended' })
    })

    it('forgets families that expired or ended long ago, at most limit by one call', async () => {
      const { accounts } = opened
      const nowMs = startMs + 30 * hourMs
      const idle = [await start(accounts), await start(accounts), await start(accounts)]
      const ended = await start(accounts, 'ann', nowMs - 2 * hourMs)
      const endedLately = await start(accounts, 'ann', nowMs)
      const live = await start(accounts, 'ann', nowMs)
      const end = (familyId: string, atMs: number) =>
        accounts.revoke({ username: 'ann', familyId }, 'ended', atMs)
      await end(ended.familyId, nowMs - hourMs)
      await end(endedLately.familyId, nowMs)
      const forget = () => accounts.forgetFamilies(at(nowMs), nowMs, 3)
      await expect(forget()).resolves.toBe(3)
      await expect(forget()).resolves.toBe(1)
      await expect(forget()).resolves.toBe(0)
      for (const { refreshToken } of [...idle, ended]) {
        await expect(accounts.rotate(refreshToken, at(nowMs))).resolves.toEqual({
          outcome: 'unknown',
        })
      }
      await expect(accounts.revokedSince(startMs, 10)).resolves.toHaveLength(1)
      await rotated(accounts, live.refreshToken, at(nowMs))
    })
  })
}

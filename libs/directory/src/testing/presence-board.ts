import type { PresenceUpdate } from '@rookery/domain'
import { describe, expect, it } from '@jest/globals'
import type { PresenceBoard } from '../presence-board.ts'
import { fresh, openedForEach, type TimedUnderTest } from './under-test.ts'

export interface PresenceBoardUnderTest extends TimedUnderTest<PresenceBoard> {
  leaseMs: number
}

/** The contract of every presence board: the definition of the port. */
export function describePresenceBoard(
  engine: string,
  open: () => Promise<PresenceBoardUnderTest>,
): void {
  describe(`presence board on ${engine}`, () => {
    const current = openedForEach(open)
    const board = (): PresenceBoard => current().port
    const report = (
      serverId: string,
      username: string,
      connected: boolean,
      atMs = 1_000,
    ): Promise<void> => board().report(serverId, [{ username, connected, atMs }])
    const factsOf = async (username: string): Promise<unknown> =>
      (await board().facts([username])).get(username)
    const takeAll = async (): Promise<string[]> => {
      const taken: string[] = []
      for (;;) {
        const some = await board().takeChanged(100)
        if (some.length === 0) return taken
        taken.push(...some)
      }
    }

    describe('facts', () => {
      it('has no facts about an unknown user', async () => {
        expect(await factsOf(fresh('user'))).toEqual({
          connected: false,
          lastConnectedMs: null,
          choice: null,
        })
      })

      it('counts a user as connected while any server reports so, and keeps the last time', async () => {
        const user = fresh('user')
        const [a, b] = [fresh('server'), fresh('server')]
        await report(a, user, true, 1_000)
        await report(b, user, true, 2_000)
        await report(a, user, false, 3_000)
        expect(await factsOf(user)).toMatchObject({ connected: true, lastConnectedMs: 2_000 })
        await report(b, user, false, 4_000)
        expect(await factsOf(user)).toMatchObject({ connected: false, lastConnectedMs: 2_000 })
      })

      it('never sets the last time of a connection back', async () => {
        const user = fresh('user')
        await report(fresh('server'), user, true, 9_000)
        await report(fresh('server'), user, true, 8_000)
        expect(await factsOf(user)).toMatchObject({ lastConnectedMs: 9_000 })
      })

      it('drops an expired report, and keeps the last time at which the user was connected', async () => {
        const { leaseMs, pass } = current()
        const user = fresh('user')
        const server = fresh('server')
        await report(server, user, true, 1_000)
        await pass(leaseMs * 0.6)
        await report(server, user, true, 2_000)
        await pass(leaseMs * 0.6)
        expect(await factsOf(user)).toMatchObject({ connected: true })
        await pass(leaseMs * 0.6)
        expect(await factsOf(user)).toMatchObject({ connected: false, lastConnectedMs: 2_000 })
      })
    })

    describe('a choice', () => {
      it('keeps the latest choice, in any order of arrival, beyond the end of connections', async () => {
        const { leaseMs, pass } = current()
        const user = fresh('user')
        await board().choose(user, { status: 'busy', text: 'in a call 😀', atMs: 2_000 })
        await board().choose(user, { status: 'away', text: null, atMs: 1_000 })
        await pass(leaseMs * 1.2)
        const choice = { status: 'busy', text: 'in a call 😀', atMs: 2_000 }
        expect(await factsOf(user)).toMatchObject({ choice })
        expect((await board().choices([user, fresh('user')])).get(user)).toEqual(choice)
        await board().choose(user, { status: 'invisible', text: null, atMs: 3_000 })
        expect((await board().choices([user])).get(user)).toEqual({
          status: 'invisible',
          text: null,
          atMs: 3_000,
        })
      })
    })

    describe('changes', () => {
      it('returns each user with a new report or choice once', async () => {
        const [reported, chosen] = [fresh('user'), fresh('user')]
        await takeAll()
        await report(fresh('server'), reported, true)
        await report(fresh('server'), reported, true)
        await board().choose(chosen, { status: 'away', text: null, atMs: 1 })
        const taken = await takeAll()
        expect(taken.filter((user) => user === reported)).toHaveLength(1)
        expect(taken.filter((user) => user === chosen)).toHaveLength(1)
        expect(await takeAll()).not.toContain(reported)
      })

      it('counts a renewed report as a change only once a minute', async () => {
        const [user, server] = [fresh('user'), fresh('server')]
        await report(server, user, true, 60_000)
        await takeAll()
        await report(server, user, true, 119_999)
        expect(await takeAll()).not.toContain(user)
        await report(server, user, true, 120_000)
        expect(await takeAll()).toContain(user)
        await report(server, user, false, 120_001)
        expect(await takeAll()).toContain(user)
        await report(fresh('server'), user, true, 120_002)
        expect(await takeAll()).toContain(user)
      })

      it('returns a user again when the report expires', async () => {
        const { leaseMs, pass } = current()
        const user = fresh('user')
        await report(fresh('server'), user, true)
        await takeAll()
        await pass(leaseMs * 1.2)
        expect(await takeAll()).toContain(user)
        expect(await takeAll()).not.toContain(user)
      })

      it('returns a user whose report expires while other users renew theirs', async () => {
        const { leaseMs, pass } = current()
        const [renewing, leaving] = [fresh('user'), fresh('user')]
        const server = fresh('server')
        await report(server, renewing, true)
        await report(server, leaving, true)
        await pass(leaseMs * 0.6)
        await report(server, renewing, true)
        await takeAll()
        await pass(leaseMs * 0.6)
        expect(await takeAll()).toEqual([leaving])
      })

      it('returns at most as many changed users as the limit, and loses none', async () => {
        const users = Array.from({ length: 25 }, () => fresh('user'))
        await takeAll()
        await board().report(
          fresh('server'),
          users.map((username) => ({ username, connected: true, atMs: 1 })),
        )
        const first = await board().takeChanged(10)
        expect(first.length).toBeLessThanOrEqual(10)
        expect([...first, ...(await takeAll())]).toEqual(expect.arrayContaining(users))
      })

      it('announces changes, also those left over, until the listener is removed', async () => {
        const user = fresh('user')
        let announce: () => void = () => undefined
        const announced = (): Promise<void> => new Promise((resolve) => (announce = resolve))
        let calls = 0
        const stop = board().onChanged(() => {
          calls += 1
          announce()
        })
        const first = announced()
        await board().report(fresh('server'), [
          { username: user, connected: true, atMs: 1 },
          { username: fresh('user'), connected: true, atMs: 1 },
        ])
        await first
        const second = announced()
        await board().takeChanged(1)
        await second
        stop()
        const before = calls
        await report(fresh('server'), user, true)
        expect(await takeAll()).toContain(user)
        expect(calls).toBe(before)
      })

      it('marks all users as changed who are reported or shown as not offline', async () => {
        const { leaseMs, pass } = current()
        const [reported, seen, gone] = [fresh('user'), fresh('user'), fresh('user')]
        await report(fresh('server'), gone, true)
        await pass(leaseMs * 1.2)
        await report(fresh('server'), reported, true)
        await board().publish([
          { userId: seen, status: 'busy', lastSeen: null },
          { userId: gone, status: 'offline', lastSeen: '2026-01-01T00:00:00.000Z' },
        ])
        await takeAll()
        await board().markAllChanged()
        const taken = await takeAll()
        expect(taken).toEqual(expect.arrayContaining([reported, seen]))
        expect(taken).not.toContain(gone)
      })
    })

    describe('watchers', () => {
      const watchersOf = async (user: string): Promise<string[]> =>
        [...((await board().watchers([user])).get(user) ?? [])].sort()

      it('lists the servers that watch a user', async () => {
        const [user, other] = [fresh('user'), fresh('user')]
        const [a, b] = [fresh('server'), fresh('server')]
        await board().watch(a, [user, other], false)
        await board().watch(b, [user], false)
        await board().watch(b, [fresh('user')], false)
        expect(await watchersOf(user)).toEqual([a, b].sort())
        await board().unwatch(a, [user])
        expect(await watchersOf(user)).toEqual([b])
        expect(await watchersOf(other)).toEqual([a])
        expect(await watchersOf(fresh('user'))).toEqual([])
      })

      it('replaces the whole set of a server on request', async () => {
        const [dropped, kept, added] = [fresh('user'), fresh('user'), fresh('user')]
        const server = fresh('server')
        await board().watch(server, [dropped, kept], false)
        await board().watch(server, [kept, added], true)
        expect(await watchersOf(dropped)).toEqual([])
        expect(await watchersOf(kept)).toEqual([server])
        expect(await watchersOf(added)).toEqual([server])
      })

      it('does not restore the expired watches of a server that watches again', async () => {
        const { leaseMs, pass } = current()
        const [early, late] = [fresh('user'), fresh('user')]
        const server = fresh('server')
        await board().watch(server, [early], false)
        await pass(leaseMs * 1.2)
        await board().watch(server, [late], false)
        expect(await watchersOf(early)).toEqual([])
        expect(await watchersOf(late)).toEqual([server])
      })

      it('drops the watches of a server that does not renew them', async () => {
        const { leaseMs, pass } = current()
        const user = fresh('user')
        const [dead, live] = [fresh('server'), fresh('server')]
        await board().watch(dead, [user], true)
        await board().watch(live, [user], true)
        await pass(leaseMs * 0.6)
        await board().watch(live, [user], true)
        await pass(leaseMs * 0.6)
        expect(await watchersOf(user)).toEqual([live])
      })
    })

    describe('what others see', () => {
      it('shows an unknown user as offline and never seen', async () => {
        const user = fresh('user')
        expect((await board().read([user])).get(user)).toEqual({
          userId: user,
          status: 'offline',
          lastSeen: null,
        })
      })

      it('shows the status that was published last', async () => {
        const [user, other] = [fresh('user'), fresh('user')]
        const away: PresenceUpdate = {
          userId: user,
          status: 'away',
          text: 'lunch 🍜',
          lastSeen: '2026-01-01T00:00:00.000Z',
        }
        const online: PresenceUpdate = { userId: other, status: 'online', lastSeen: null }
        await board().publish([{ ...online, userId: user }, away, online])
        const seen = await board().read([user, other])
        expect(seen.get(user)).toEqual(away)
        expect(seen.get(other)).toEqual(online)
      })
    })
  })
}

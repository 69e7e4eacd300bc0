import { describe, expect, it } from '@jest/globals'
import type { CoordinationFixture } from './coordination-fixture.ts'
import { Latest } from './latest.ts'

type Lead = (signal: AbortSignal) => Promise<void>

export function describeElections({ session, fresh }: CoordinationFixture): void {
  /** Leads until the signal aborts, and keeps the name in `leader` meanwhile. */
  const leading =
    (name: string, leader: Latest<string | null>): Lead =>
    async (signal) => {
      leader.set(name)
      await aborted(signal)
      leader.set(null)
    }

  describe('an election', () => {
    it('has no leader before there is a candidate', async () => {
      expect(await (await session('a')).leaderOf(fresh('election'))).toBeNull()
    })

    it('elects the only candidate, and names it to every session', async () => {
      const election = fresh('election')
      const [a, b] = [await session('a'), await session('b')]
      const leader = new Latest<string | null>()
      await a.elect(election, 'presence-1', leading('presence-1', leader))
      await leader.until((name) => name === 'presence-1')
      expect(await a.leaderOf(election)).toBe('presence-1')
      expect(await b.leaderOf(election)).toBe('presence-1')
    })

    it('lets one candidate lead at a time, and elects the next when the leader stands down', async () => {
      const election = fresh('election')
      const leader = new Latest<string | null>()
      const standDowns = new Map<string, () => Promise<void>>()
      let leaders = 0
      let most = 0
      for (const name of ['one', 'two', 'three']) {
        const candidate = await session(name)
        const standDown = await candidate.elect(election, name, async (signal) => {
          most = Math.max(most, (leaders += 1))
          await leading(name, leader)(signal)
          leaders -= 1
        })
        standDowns.set(name, standDown)
      }
      const led: string[] = []
      for (let i = 0; i < 3; i += 1) {
        const name = await leader.until((value) => value !== null && !led.includes(value))
        led.push(name ?? '')
        await standDowns.get(name ?? '')?.()
      }
      expect(led.sort()).toEqual(['one', 'three', 'two'])
      expect(most).toBe(1)
      expect(leaders).toBe(0)
    })

    it('lets the next leader begin only after the lead of the last one has ended', async () => {
      const election = fresh('election')
      const calls = new Latest<string[]>()
      calls.set([])
      const note = (call: string): void => calls.set([...(calls.value ?? []), call])
      const finish = new Latest<true>()
      const [a, b] = [await session('a'), await session('b')]
      const standDown = await a.elect(election, 'a', async (signal) => {
        note('a leads')
        await aborted(signal)
        note('a stops')
        await finish.until(() => true)
        note('a ended')
      })
      await calls.until((value) => value.includes('a leads'))
      await b.elect(election, 'b', async (signal) => {
        note('b leads')
        await aborted(signal)
      })
      const stoodDown = standDown().then(() => note('a stood down'))
      await calls.until((value) => value.includes('a stops'))
      finish.set(true)
      await stoodDown
      await calls.until((value) => value.includes('b leads'))
      const order = calls.value ?? []
      expect(order.slice(0, 3)).toEqual(['a leads', 'a stops', 'a ended'])
      expect(order.slice(3).sort()).toEqual(['a stood down', 'b leads'])
    })

    it('elects another candidate when the leader closes its session', async () => {
      const election = fresh('election')
      const leader = new Latest<string | null>()
      const [a, b] = [await session('a'), await session('b')]
      await a.elect(election, 'a', leading('a', leader))
      await leader.until((name) => name === 'a')
      await b.elect(election, 'b', leading('b', leader))
      await a.close()
      await leader.until((name) => name === 'b')
      expect(await b.leaderOf(election)).toBe('b')
    })

    it('elects another candidate when the leader fails, and lets that one stand again', async () => {
      const election = fresh('election')
      const leader = new Latest<string | null>()
      const attempts = new Latest<number>()
      attempts.set(0)
      const [a, b] = [await session('a'), await session('b')]
      await a.elect(election, 'a', async (signal) => {
        attempts.set((attempts.value ?? 0) + 1)
        if (attempts.value === 1) throw new Error('lost its engine')
        await leading('a', leader)(signal)
      })
      await attempts.until((value) => value === 1)
      const standDown = await b.elect(election, 'b', leading('b', leader))
      // Either of them may lead now. b stands down, so that a must lead again.
      await leader.until((name) => name !== null)
      await standDown()
      expect(await leader.until((name) => name === 'a')).toBe('a')
    })

    it('elects the only candidate again after its lead has returned', async () => {
      const election = fresh('election')
      const times = new Latest<number>()
      times.set(0)
      const a = await session('a')
      await a.elect(election, 'a', async () => times.set((times.value ?? 0) + 1))
      expect(await times.until((value) => value >= 2)).toBe(2)
    })

    it('never elects a candidate that stood down while it waited', async () => {
      const election = fresh('election')
      const leader = new Latest<string | null>()
      const [a, b, c] = [await session('a'), await session('b'), await session('c')]
      const standDown = await a.elect(election, 'a', leading('a', leader))
      await leader.until((name) => name === 'a')
      let led = false
      const standDownB = await b.elect(election, 'b', async () => {
        led = true
      })
      await c.elect(election, 'c', leading('c', leader))
      await standDownB()
      await standDown()
      await leader.until((name) => name === 'c')
      expect(led).toBe(false)
    })

    it('elects a leader for each election', async () => {
      const leader = new Latest<string | null>()
      const other = new Latest<string | null>()
      const [a, b] = [await session('a'), await session('b')]
      await a.elect(fresh('election'), 'a', leading('a', leader))
      await b.elect(fresh('election'), 'b', leading('b', other))
      expect(await leader.until((name) => name !== null)).toBe('a')
      expect(await other.until((name) => name !== null)).toBe('b')
    })
  })
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

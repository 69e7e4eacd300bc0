import { describe, expect, it } from '@jest/globals'
import type { Throttle } from '../throttle.ts'
import { fresh, openedForEach, type TimedUnderTest } from './under-test.ts'

/** The contract of every throttle: the definition of the port. */
export function describeThrottle(
  engine: string,
  open: () => Promise<TimedUnderTest<Throttle>>,
): void {
  describe(`throttle on ${engine}`, () => {
    const current = openedForEach(open)
    const policy = { points: 4, windowMs: 2_000 }
    const take = (key: string, cost = 1): ReturnType<Throttle['consume']> =>
      current().port.consume('login', key, cost, policy)

    it('allows the points of the policy, then refuses and returns the time to wait', async () => {
      const key = fresh('key')
      for (let i = 0; i < 4; i += 1)
        expect(await take(key)).toEqual({ allowed: true, retryAfterMs: 0, degraded: false })
      const refused = await take(key)
      expect(refused).toMatchObject({ allowed: false, degraded: false })
      expect(refused.retryAfterMs).toBeGreaterThan(0)
      expect(refused.retryAfterMs).toBeLessThanOrEqual(policy.windowMs)
    })

    it('allows a point again after the returned time', async () => {
      const key = fresh('key')
      await take(key, 4)
      const { retryAfterMs } = await take(key)
      await current().pass(retryAfterMs)
      expect((await take(key)).allowed).toBe(true)
    })

    it('gives all points back within a window, and not more than all', async () => {
      const key = fresh('key')
      await take(key, 4)
      await current().pass(policy.windowMs * 2.1)
      expect((await take(key, 4)).allowed).toBe(true)
      expect((await take(key)).allowed).toBe(false)
    })

    it('takes the cost from the bucket, and nothing when it refuses', async () => {
      const key = fresh('key')
      expect((await take(key, 3)).allowed).toBe(true)
      expect((await take(key, 2)).allowed).toBe(false)
      expect((await take(key, 1)).allowed).toBe(true)
    })

    it('accepts returned points after others have come back with time', async () => {
      const key = fresh('key')
      const given = { allowed: true, retryAfterMs: 0, degraded: false }
      await take(key, 4)
      // Half a point has come back with time; the other three and a half are returned.
      await current().pass(policy.windowMs / 8)
      for (let i = 0; i < 4; i += 1) expect(await take(key, -1)).toEqual(given)
      expect((await take(key, 4)).allowed).toBe(true)
      expect((await take(key)).allowed).toBe(false)
    })

    it('never holds more points than the policy allows, though more are returned', async () => {
      const key = fresh('key')
      for (const cost of [-1, -4, 4, -4, -4]) expect((await take(key, cost)).degraded).toBe(false)
      expect((await take(key, 4)).allowed).toBe(true)
      expect((await take(key)).allowed).toBe(false)
    })

    it('tells by a cost of 0 whether a bucket is in use, and takes nothing', async () => {
      const { port } = current()
      const key = fresh('key')
      const peek = (): ReturnType<Throttle['consume']> =>
        port.consume('known', key, 0, { points: 1, windowMs: 1 })
      expect(await peek()).toEqual({ allowed: true, retryAfterMs: 0, degraded: false })
      await port.consume('known', key, 1, { points: 1, windowMs: 60_000 })
      for (let i = 0; i < 3; i += 1)
        expect(await peek()).toMatchObject({ allowed: false, degraded: false })
      expect(await peek()).toMatchObject({ retryAfterMs: expect.any(Number) })
      expect((await peek()).retryAfterMs).toBeGreaterThan(50_000)
    })

    it('never allows a cost above the points of the policy', async () => {
      const refused = await take(fresh('key'), 5)
      expect(refused).toMatchObject({ allowed: false, retryAfterMs: policy.windowMs })
    })

    it('keeps the buckets of different scopes and keys apart', async () => {
      const { port } = current()
      const key = fresh('key')
      await take(key, 4)
      expect((await take(fresh('key'), 4)).allowed).toBe(true)
      expect((await port.consume('register', key, 4, policy)).allowed).toBe(true)
      expect((await port.consume('a', `b${key}`, 4, policy)).allowed).toBe(true)
      expect((await port.consume('ab', key, 4, policy)).allowed).toBe(true)
    })

    it('fills only the bucket that is reset', async () => {
      const { port } = current()
      const [key, other] = [fresh('key'), fresh('key')]
      await take(key, 4)
      await take(other, 4)
      await port.reset('login', key)
      expect((await take(key, 4)).allowed).toBe(true)
      expect((await take(other)).allowed).toBe(false)
    })

    it('allows no more than the policy in total to concurrent callers', async () => {
      const key = fresh('key')
      const answers = await Promise.all(Array.from({ length: 20 }, () => take(key)))
      expect(answers.filter((answer) => answer.allowed)).toHaveLength(4)
    })
  })
}

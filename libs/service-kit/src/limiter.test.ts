import { describe, expect, it } from '@jest/globals'
import { Limiter } from './limiter.ts'

const overloaded = (): Error => new Error('overloaded')
const limits = { atOnce: 2, maxWaiting: 3, maxWaitMs: 10_000, overloaded }

describe('a limiter', () => {
  it('runs the allowed number of pieces concurrently, the others in the order of their calls', async () => {
    const limiter = new Limiter(limits)
    const begun: number[] = []
    const ends: (() => void)[] = []
    const all = [1, 2, 3, 4].map((each) =>
      limiter.run(() => {
        begun.push(each)
        return new Promise<void>((end) => ends.push(end))
      }),
    )
    expect(begun).toEqual([1, 2])
    expect(limiter.waiting).toBe(2)
    ends[1]?.()
    await all[1]
    expect(begun).toEqual([1, 2, 3])
    for (const end of ends) end()
    await all[0]
    ends[3]?.()
    await Promise.all(all.slice(0, 3))
    expect(begun).toEqual([1, 2, 3, 4])
  })

  it('frees the place of a piece of work that failed', async () => {
    const limiter = new Limiter(limits)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, () => limiter.run(() => Promise.reject(new Error('failed')))),
    )
    expect(outcomes.map((outcome) => outcome.status)).toEqual(Array(5).fill('rejected'))
    await expect(limiter.run(async () => 'done')).resolves.toBe('done')
  })

  it('refuses work if too many pieces wait, or if it has waited for too long', async () => {
    const limiter = new Limiter({ atOnce: 1, maxWaiting: 1, maxWaitMs: -1, overloaded })
    let end: () => void = () => undefined
    // This one may wait for 10 s, so its waiting piece begins.
    const first = new Limiter({ ...limits, atOnce: 1, maxWaiting: 1 })
    const running = first.run(() => new Promise<void>((resolve) => (end = resolve)))
    const waiting = first.run(async () => 'began')
    await expect(first.run(async () => 'began')).rejects.toThrow('overloaded')
    end()
    await running
    await expect(waiting).resolves.toBe('began')
    await expect(limiter.run(async () => 'began')).rejects.toThrow('overloaded')
  })
})

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { Turnstile } from './turnstile.ts'

describe('turnstile', () => {
  beforeEach(() => void jest.useFakeTimers())
  afterEach(() => void jest.useRealTimers())

  const heldFor = (ms: number) => (): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, ms))
  const codeOf = (passing: Promise<unknown>): Promise<unknown> =>
    passing.then(
      () => 'passed',
      (error: unknown) => (error as { code: string }).code,
    )

  it('lets so many in at a time, in the order they came', async () => {
    const turnstile = new Turnstile({ atOnce: 2, maxWaiting: 10, maxWaitMs: 10_000 })
    const entered: number[] = []
    const passes = [0, 1, 2, 3, 4].map((i) =>
      turnstile.pass(async () => {
        entered.push(i)
        await heldFor(100)()
      }),
    )
    expect(entered).toEqual([0, 1])
    expect(turnstile.waiting).toBe(3)
    await jest.advanceTimersByTimeAsync(100)
    expect(entered).toEqual([0, 1, 2, 3])
    await jest.advanceTimersByTimeAsync(200)
    await Promise.all(passes)
    expect(entered).toEqual([0, 1, 2, 3, 4])
  })

  it('sends away at once who finds it full, with a time to come back', async () => {
    const turnstile = new Turnstile({ atOnce: 1, maxWaiting: 1, maxWaitMs: 10_000 })
    const passes = [turnstile.pass(heldFor(10)), turnstile.pass(heldFor(10))]
    await expect(turnstile.pass(heldFor(10))).rejects.toMatchObject({ code: 'unavailable' })
    const refusals = await Promise.all(
      Array.from({ length: 50 }, () => turnstile.pass(heldFor(1)).catch((error: unknown) => error)),
    )
    const waits = refusals.map((error) => (error as { retryAfterMs: number }).retryAfterMs)
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(1_000)
    expect(new Set(waits).size).toBeGreaterThan(10)
    await jest.advanceTimersByTimeAsync(20)
    await Promise.all(passes)
  })

  it('sends away who has waited too long, and goes on with the next', async () => {
    const turnstile = new Turnstile({ atOnce: 1, maxWaiting: 10, maxWaitMs: 1_000 })
    const first = turnstile.pass(heldFor(1_500))
    const late = codeOf(turnstile.pass(heldFor(1)))
    await jest.advanceTimersByTimeAsync(1_000)
    const next = codeOf(turnstile.pass(heldFor(1)))
    await jest.advanceTimersByTimeAsync(600)
    await first
    expect([await late, await next]).toEqual(['unavailable', 'passed'])
  })

  it('gives its place back when what was let in fails', async () => {
    const turnstile = new Turnstile({ atOnce: 1, maxWaiting: 0, maxWaitMs: 1_000 })
    await expect(turnstile.pass(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await turnstile.pass(() => Promise.resolve('in'))).toBe('in')
  })
})

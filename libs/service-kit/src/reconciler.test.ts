import { describe, expect, it, jest } from '@jest/globals'
import { Reconciler } from './reconciler.ts'

describe('a reconciler', () => {
  /** Lets a test decide when each run ends, and how. */
  const make = (everyMs?: number) => {
    const runs: ((error?: Error) => void)[] = []
    const work = (): Promise<void> =>
      new Promise((resolve, reject) =>
        runs.push((error) => (error === undefined ? resolve() : reject(error))),
      )
    const failures: unknown[] = []
    const onError = (error: unknown): void => void failures.push(error)
    const options = { onError, ...(everyMs !== undefined && { everyMs }) }
    return { reconciler: new Reconciler(work, options), runs, failures }
  }
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  it('makes one more run for all calls during a run, after that run', async () => {
    const { reconciler, runs } = make()
    const first = reconciler.run()
    const others = [reconciler.run(), reconciler.run()]
    expect(runs).toHaveLength(1)
    runs[0]?.()
    await first
    await turn()
    expect(runs).toHaveLength(2)
    runs[1]?.()
    await Promise.all(others)
    await turn()
    expect(runs).toHaveLength(2)
  })

  it('runs again after a failure, which rejects only the callers of the failed run', async () => {
    const { reconciler, runs } = make()
    const first = reconciler.run()
    const second = reconciler.run()
    runs[0]?.(new Error('away'))
    await expect(first).rejects.toThrow('away')
    await turn()
    runs[1]?.()
    await second
  })

  it('runs once more for all pokes during a run, and reports each failure once', async () => {
    const { reconciler, runs, failures } = make()
    for (let i = 0; i < 3; i += 1) reconciler.poke()
    expect(runs).toHaveLength(1)
    runs[0]?.(new Error('away'))
    await turn()
    expect(runs).toHaveLength(2)
    expect(failures).toEqual([new Error('away')])
    runs[1]?.()
    await turn()
    expect([runs.length, failures.length]).toEqual([2, 1])
  })

  it('begins no run once it is closed, and waits for the current one', async () => {
    const { reconciler, runs, failures } = make()
    reconciler.poke()
    reconciler.poke()
    let isClosed = false
    const closing = reconciler.close().then(() => (isClosed = true))
    await turn()
    expect(isClosed).toBe(false)
    runs[0]?.(new Error('away'))
    await closing
    reconciler.poke()
    await reconciler.run()
    await turn()
    expect([runs.length, failures.length]).toEqual([1, 0])
  })

  it('runs at its interval, but not during a run', async () => {
    jest.useFakeTimers()
    const { reconciler, runs } = make(100)
    await jest.advanceTimersByTimeAsync(350)
    expect(runs).toHaveLength(1)
    runs[0]?.()
    await jest.advanceTimersByTimeAsync(100)
    expect(runs).toHaveLength(2)
    runs[1]?.()
    await reconciler.close()
    await jest.advanceTimersByTimeAsync(500)
    expect(runs).toHaveLength(2)
    jest.useRealTimers()
  })
})

import { describe, expect, it } from '@jest/globals'
import { Reconciler } from './reconciler.ts'

describe('a reconciler', () => {
  /** Lets a test decide when each run ends, and how. */
  const make = (): { reconciler: Reconciler; runs: ((error?: Error) => void)[] } => {
    const runs: ((error?: Error) => void)[] = []
    const work = (): Promise<void> =>
      new Promise((resolve, reject) =>
        runs.push((error) => (error === undefined ? resolve() : reject(error))),
      )
    return { reconciler: new Reconciler(work), runs }
  }
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  it('makes one more run for all calls during a run, and none beside it', async () => {
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

  it('runs again after a failure, of which only those who waited for it learn', async () => {
    const { reconciler, runs } = make()
    const first = reconciler.run()
    const second = reconciler.run()
    runs[0]?.(new Error('away'))
    await expect(first).rejects.toThrow('away')
    await turn()
    runs[1]?.()
    await second
  })

  it('may be told to look without anybody waiting', async () => {
    const { reconciler, runs } = make()
    reconciler.look()
    runs[0]?.(new Error('away'))
    await turn()
    reconciler.look()
    expect(runs).toHaveLength(2)
  })
})

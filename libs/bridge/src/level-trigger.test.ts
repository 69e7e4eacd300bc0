import { describe, expect, it } from '@jest/globals'
import { LevelTrigger } from './level-trigger.ts'

describe('a level trigger', () => {
  it('works once more for all that happened while it was at work', async () => {
    let runs = 0
    let release: () => void = () => undefined
    const trigger = new LevelTrigger(
      () => {
        runs += 1
        return new Promise((resolve) => (release = resolve))
      },
      { onError: () => undefined },
    )
    trigger.poke()
    trigger.poke()
    trigger.poke()
    expect(runs).toBe(1)
    release()
    await new Promise((resolve) => setImmediate(resolve))
    expect(runs).toBe(2)
    release()
    await trigger.close()
    expect(runs).toBe(2)
  })

  it('goes on after a failure, and does nothing once it is closed', async () => {
    const failures: unknown[] = []
    let runs = 0
    const trigger = new LevelTrigger(
      async () => {
        runs += 1
        throw new Error('not now')
      },
      { onError: (error) => failures.push(error) },
    )
    trigger.poke()
    await new Promise((resolve) => setImmediate(resolve))
    trigger.poke()
    await new Promise((resolve) => setImmediate(resolve))
    expect([runs, failures.length]).toEqual([2, 2])
    await trigger.close()
    trigger.poke()
    expect(runs).toBe(2)
  })
})

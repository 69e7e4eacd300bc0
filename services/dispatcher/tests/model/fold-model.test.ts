import { describe, expect, it } from '@jest/globals'
import { runSchedule, Violation } from './schedule.ts'
import { shortcuts } from './shortcuts.ts'

const schedules = Number(process.env['MODEL_SCHEDULES'] ?? 2000)
const firstSeed = Number(process.env['MODEL_SEED'] ?? 1)

describe('the model of the dispatcher', () => {
  it(`the real dispatcher keeps every invariant over ${schedules} random schedules`, async () => {
    for (let seed = firstSeed; seed < firstSeed + schedules; seed += 1) {
      try {
        await runSchedule(seed)
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error })
      }
    }
    expect(schedules).toBeGreaterThan(0)
  }, 3_600_000)

  it.each(Object.entries(shortcuts))(
    'the model catches a dispatcher with the shortcut: %s',
    async (_name, build) => {
      let caught: unknown = null
      for (let seed = 1; seed <= 1000 && caught === null; seed += 1)
        await runSchedule(seed, build).catch((error: unknown) => (caught = error))
      expect(caught).toBeInstanceOf(Violation)
    },
    120_000,
  )
})

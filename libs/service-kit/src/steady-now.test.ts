import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { steadyNow } from './steady-now.ts'

afterEach(() => void jest.restoreAllMocks())

describe('steadyNow', () => {
  it('returns about the system’s time in whole milliseconds', () => {
    expect(Math.abs(steadyNow() - Date.now())).toBeLessThan(60_000)
    expect(Number.isInteger(steadyNow())).toBe(true)
  })

  it('does not jump when the clock is set back or ahead', () => {
    const before = steadyNow()
    const clock = jest.spyOn(Date, 'now')
    for (const hours of [-2, 2]) {
      clock.mockReturnValue(before + hours * 3_600_000)
      expect(steadyNow() - before).toBeLessThan(60_000)
      expect(steadyNow()).toBeGreaterThanOrEqual(before)
    }
  })
})

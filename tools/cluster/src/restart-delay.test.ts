import { describe, expect, it } from '@jest/globals'
import { RestartDelay } from './restart-delay.ts'

describe('restart delay', () => {
  it('doubles up to ten seconds while the process keeps ending soon', () => {
    const delay = new RestartDelay()
    const delays = Array.from({ length: 9 }, () => delay.next(50))
    expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000])
  })

  it('begins again at the first delay after a process that lived long', () => {
    const delay = new RestartDelay()
    delay.next(50)
    delay.next(50)
    expect(delay.next(10_000)).toBe(100)
  })
})

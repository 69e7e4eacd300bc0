import { describe, expect, it } from '@jest/globals'
import { shownTime } from './times.ts'

describe('shownTime', () => {
  const now = new Date(2026, 10, 30, 23, 59)

  it("is the clock of the reader's zone", () => {
    expect(shownTime(new Date(2026, 10, 30, 0, 5).toISOString(), now)).toBe('00:05')
  })

  it('has the date on another day', () => {
    expect(shownTime(new Date(2026, 10, 29, 23, 58).toISOString(), now)).toBe('2026-11-29 23:58')
    expect(shownTime(new Date(2026, 11, 1, 0, 0).toISOString(), now)).toBe('2026-12-01 00:00')
  })

  it('shows nothing for a text that is no time', () => {
    expect(shownTime('\u001b[2J', now)).toBe('--:--')
  })
})

import { expect, it } from '@jest/globals'
import { tooMany } from './listings.ts'

it('clients that are refused together get different times to come back', () => {
  const refusals = Array.from({ length: 50 }, () => tooMany())
  expect(refusals[0]).toMatchObject({ code: 'unavailable' })
  const waits = refusals.map(({ retryAfterMs = 0 }) => retryAfterMs)
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(1_000)
  expect(Math.max(...waits)).toBeLessThan(5_000)
  expect(new Set(waits).size).toBeGreaterThan(10)
})

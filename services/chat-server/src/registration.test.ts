import { expect, it } from '@jest/globals'
import { lateness } from './registration.ts'

it.each([
  [20_137_011, 0.1],
  [19_900_000, 0],
  [70_000_000, 50],
  [NaN, 0],
])('samples %d ns apart on average are %d ms late', (meanNs, lateMs) => {
  expect(lateness(meanNs)).toBe(lateMs)
})

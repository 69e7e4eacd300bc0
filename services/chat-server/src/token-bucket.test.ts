import { describe, expect, it } from '@jest/globals'
import { TokenBucket } from './token-bucket.ts'

describe('token bucket', () => {
  it('allows a burst, then the rate, and says how long to wait', () => {
    const bucket = new TokenBucket(5, 3)
    expect([0, 0, 0].map((at) => bucket.take(1_000 + at))).toEqual([0, 0, 0])
    expect(bucket.take(1_000)).toBe(200)
    expect(bucket.take(1_100)).toBe(100)
    expect(bucket.take(1_200)).toBe(0)
    expect(bucket.take(1_200)).toBe(200)
  })

  it('never holds more than its burst, and survives a clock that goes back', () => {
    const bucket = new TokenBucket(5, 2)
    expect(bucket.take(0)).toBe(0)
    const waits = [0, 0, 0].map(() => bucket.take(1_000_000))
    expect(waits).toEqual([0, 0, 200])
    expect(bucket.take(0)).toBe(200)
  })
})

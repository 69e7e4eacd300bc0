import { describe, expect, it } from '@jest/globals'
import { TokenBucket } from './token-bucket.ts'

describe('a token bucket', () => {
  it('allows a burst, then the rate, and says how long to wait', () => {
    const bucket = new TokenBucket(5, 3)
    expect([0, 0, 0].map((at) => bucket.take(1_000 + at))).toEqual([0, 0, 0])
    expect(bucket.take(1_000)).toBe(200)
    expect(bucket.take(1_200)).toBe(0)
    expect(bucket.take(1_300)).toBe(100)
    expect(bucket.take(1_400)).toBe(0)
  })

  it('tells each of several refused requests a time of its own, and then lets it through', () => {
    const bucket = new TokenBucket(10, 1)
    bucket.take(1_000)
    const waits = [1_000, 1_000, 1_000, 1_030].map((at) => at + bucket.take(at))
    expect(waits).toEqual([1_100, 1_200, 1_300, 1_400])
    expect(bucket.waiting(1_030)).toBe(4)
    expect(waits.map((at) => bucket.take(at))).toEqual([0, 0, 0, 0])
    expect(bucket.waiting(1_400)).toBe(0)
  })

  it('never counts more than one waiting request for a client that sends one at a time', () => {
    const bucket = new TokenBucket(20, 50)
    let now = 1_000
    let most = 0
    for (let sent = 0; sent < 1_000;) {
      const waitMs = bucket.take(now)
      if (waitMs === 0) sent += 1
      most = Math.max(most, bucket.waiting(now))
      now += waitMs
    }
    expect(most).toBe(1)
  })

  it('counts more and more waiting requests for a client that does not wait', () => {
    const bucket = new TokenBucket(20, 50)
    for (let i = 0; i < 300; i += 1) bucket.take(1_000 + i)
    expect(bucket.waiting(1_300)).toBeGreaterThan(200)
  })

  it('never holds more than its burst, and survives a clock that goes back', () => {
    const bucket = new TokenBucket(5, 2)
    expect(bucket.take(0)).toBe(0)
    const waits = [0, 0, 0].map(() => bucket.take(1_000_000))
    expect(waits).toEqual([0, 0, 200])
    expect(bucket.take(0)).toBeGreaterThan(0)
  })
})

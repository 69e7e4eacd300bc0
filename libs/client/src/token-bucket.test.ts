import { describe, expect, it } from '@jest/globals'
import { TokenBucket } from './token-bucket.ts'

describe('TokenBucket', () => {
  it('allows the burst without a wait, and then one send per interval', () => {
    const bucket = new TokenBucket(5, 2, 0)
    const waits: number[] = []
    for (const nowMs of [0, 0, 0, 100, 200]) {
      waits.push(bucket.waitMs(nowMs))
      if (bucket.waitMs(nowMs) === 0) bucket.take(nowMs)
    }
    expect(waits).toEqual([0, 0, 200, 100, 0])
  })

  it('never holds more than the burst', () => {
    const bucket = new TokenBucket(5, 2, 0)
    bucket.take(1e9)
    bucket.take(1e9)
    expect(bucket.waitMs(1e9)).toBe(200)
  })

  it('works when the clock goes back', () => {
    const bucket = new TokenBucket(5, 1, 1000)
    bucket.take(1000)
    expect(bucket.waitMs(0)).toBe(200)
  })
})

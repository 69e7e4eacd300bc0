import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Backoff } from './backoff.ts'

describe('Backoff', () => {
  it('doubles its ceiling from 1 s to 30 s', () => {
    const backoff = new Backoff({ random: () => 1 })
    expect(Array.from({ length: 8 }, () => backoff.next())).toEqual([
      1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
    ])
  })

  it('starts again at 1 s after a reset', () => {
    const backoff = new Backoff({ random: () => 1 })
    backoff.next()
    backoff.next()
    backoff.reset()
    expect(backoff.next()).toBe(1000)
  })

  it('spreads each wait over all of its range', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
        const backoff = new Backoff({ random: () => random })
        expect(backoff.next()).toBe(random * 1000)
      }),
    )
  })

  it('stays finite after any number of failures', () => {
    const backoff = new Backoff({ random: () => 1 })
    for (let failure = 0; failure < 5000; failure++) backoff.next()
    expect(backoff.next()).toBe(30_000)
  })
})

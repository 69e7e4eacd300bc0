import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Ranges } from './ranges.ts'

describe('Ranges', () => {
  it('joins ranges that touch', () => {
    const ranges = new Ranges()
    ranges.add(4, 5)
    ranges.add(8, 9)
    expect(ranges.gaps(4, 9)).toEqual([{ from: 6, to: 7 }])
    ranges.add(6, 7)
    expect(ranges.first).toEqual({ from: 4, to: 9 })
  })

  it('names the same missing numbers as a set does', () => {
    const range = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 8 }))
    fc.assert(
      fc.property(fc.array(range), range, (added, [low, length]) => {
        const ranges = new Ranges()
        const known = new Set<number>()
        for (const [from, more] of added) {
          ranges.add(from, from + more)
          for (let value = from; value <= from + more; value++) known.add(value)
        }
        const high = low + length
        ranges.keep(low, high)
        const missing = ranges
          .gaps(low, high)
          .flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i))
        const expected = Array.from({ length: high - low + 1 }, (_, i) => low + i)
        expect(missing).toEqual(expected.filter((value) => !known.has(value)))
      }),
    )
  })
})

import { describe, expect, it } from '@jest/globals'
import { lastBelow } from './last-below.ts'

const run = (rows: readonly { at: number; version: number }[]) => {
  let reads = 0
  return {
    find: (version: number) =>
      lastBelow(BigInt(version), (at) => {
        reads += 1
        return rows.findLast((row) => row.at <= at)
      })?.at,
    reads: () => reads,
  }
}

describe('lastBelow', () => {
  const rows = [1, 2, 5, 9, 1_000_000_000].map((at) => ({ at, version: at * 10 }))

  it('finds the last row below each version, even where versions have gaps', () => {
    for (const version of [1, 10, 11, 20, 21, 50, 51, 90, 91, 10_000_000_000, 10_000_000_001])
      expect(run(rows).find(version)).toBe(
        rows.findLast((row) => row.version < version)?.at ?? undefined,
      )
  })

  it('finds nothing in an empty run', () => {
    expect(run([]).find(5)).toBeUndefined()
  })

  it('reads one row if it is the newest, and otherwise fewer than 35 in a run up to 10^9', () => {
    const newest = run(rows)
    newest.find(10_000_000_001)
    expect(newest.reads()).toBe(1)
    const other = run(rows)
    other.find(10_000_000_000)
    expect(other.reads()).toBeLessThan(35)
  })
})

import { describe, expect, it } from '@jest/globals'
import type { LoggedRecord } from '../message-log.ts'
import { Tail } from './tail.ts'

const record = (offset: number, bytes = 1): LoggedRecord => ({
  partition: 0,
  offset,
  timestampMs: 0,
  key: 'k',
  value: new Uint8Array(bytes),
})
const offsets = (records: readonly LoggedRecord[] | null) =>
  records === null ? null : records.map(({ offset }) => offset)

describe('Tail', () => {
  it('returns the records from an offset on, even where offsets have gaps', () => {
    const tail = new Tail(5)
    for (const offset of [5, 6, 9]) tail.push(record(offset))
    expect(offsets(tail.from(5))).toEqual([5, 6, 9])
    expect(offsets(tail.from(7))).toEqual([9])
    expect(offsets(tail.from(10))).toEqual([])
  })

  it('returns null for an offset below the records that it holds', () => {
    const tail = new Tail(5)
    tail.push(record(5))
    expect(tail.from(4)).toBeNull()
  })

  it('holds the newest 256 records, and at most 4 MiB of them', () => {
    const tail = new Tail(0)
    for (let offset = 0; offset < 5_000; offset += 1) tail.push(record(offset))
    expect(tail.from(4_743)).toBeNull()
    expect(offsets(tail.from(4_744))).toHaveLength(256)
    for (let offset = 5_000; offset < 5_010; offset += 1) tail.push(record(offset, 1_000_000))
    expect(tail.from(5_005)).toBeNull()
    expect(offsets(tail.from(5_006))).toEqual([5_006, 5_007, 5_008, 5_009])
  })

  it('forgets all records below a gap in which a record may be missing', () => {
    const tail = new Tail(0)
    tail.push(record(0))
    tail.clear(2)
    tail.push(record(2))
    expect(tail.from(1)).toBeNull()
    expect(offsets(tail.from(2))).toEqual([2])
  })
})

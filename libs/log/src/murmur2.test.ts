import { describe, expect, it } from '@jest/globals'
import { murmur2, partitionOfKey } from './murmur2.ts'

const hash = (text: string): number => murmur2(new TextEncoder().encode(text))

describe('murmur2', () => {
  // The vectors of Kafka's own UtilsTest.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %j as Kafka does', (text, expected) => {
    expect(hash(text)).toBe(expected)
  })

  it('hashes a view that begins inside its buffer', () => {
    const buffer = new TextEncoder().encode('__foobar')
    expect(murmur2(buffer.subarray(2))).toBe(-790332482)
  })

  it('turns a negative hash into a partition by dropping its sign bit', () => {
    expect(partitionOfKey('foobar', 1000)).toBe((-790332482 & 0x7fffffff) % 1000)
    expect(partitionOfKey('foobar', 4)).toBeGreaterThanOrEqual(0)
  })
})

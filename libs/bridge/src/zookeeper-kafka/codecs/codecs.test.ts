import { describe, expect, it } from '@jest/globals'
import { lz4Decompress } from './lz4.ts'
import { snappyDecompress } from './snappy.ts'

const bytes = (...parts: (string | number | number[] | Uint8Array)[]): Buffer =>
  Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'number') return Uint8Array.of(part)
      return typeof part === 'string' ? Buffer.from(part) : Uint8Array.from(part)
    }),
  )

// "abcabcabcabc" and a literal. The copy overlaps the bytes that it writes.
const plainSnappy = bytes(17, 2 << 2, 'abc', [((9 - 4) << 2) | 1, 3], 4 << 2, 'hello')
const javaSnappy = bytes(
  [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1],
  [0, 0, 0, plainSnappy.length],
  plainSnappy,
  [0, 0, 0, 3],
  bytes(1, 0, '!'),
)
const longSnappy = bytes([0xac, 2], [60 << 2, 199], 'x'.repeat(200), [(63 << 2) | 2, 200, 0])
const lz4Frame = (...blocks: Buffer[]): Buffer =>
  bytes([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82], ...blocks.map((one) => [...one]), [0, 0, 0, 0])
const lz4Block = bytes([(3 << 4) | 5], 'abc', [3, 0], 5 << 4, 'hello')
const lz4 = lz4Frame(bytes([lz4Block.length, 0, 0, 0], [...lz4Block]), bytes([1, 0, 0, 0x80], '!'))

describe('decompression', () => {
  it.each([
    ['snappy, plain', snappyDecompress, plainSnappy, 'abcabcabcabchello'],
    ['snappy, in chunks', snappyDecompress, javaSnappy, 'abcabcabcabchello!'],
    ['snappy, long literals and copies', snappyDecompress, longSnappy, 'x'.repeat(264)],
    ['LZ4', lz4Decompress, lz4, 'abcabcabcabchello!'],
  ])('decompresses %s', (_, decompress, input, output) => {
    expect(decompress(input).toString()).toBe(output)
  })

  it('ends with a RangeError or less output when the input is cut short', () => {
    for (const [decompress, input] of [
      [snappyDecompress, plainSnappy],
      [snappyDecompress, javaSnappy],
      [lz4Decompress, lz4],
    ] as const)
      for (let length = 0; length < input.length; length += 1) {
        const outcome = ((): unknown => {
          try {
            return decompress(input.subarray(0, length)).length < input.length + 9
          } catch (error) {
            return error instanceof RangeError
          }
        })()
        expect(outcome).toBe(true)
      }
  })

  it('refuses input that copies from before the start or has huge output', () => {
    expect(() => snappyDecompress(bytes(9, [1, 3]))).toThrow(RangeError)
    expect(() => lz4Decompress(lz4Frame(bytes([3, 0, 0, 0], [1, 1, 0])))).toThrow(RangeError)
    const bomb = Buffer.alloc(200_000, 255)
    bomb.set([0x1f, 97, 1, 0])
    bomb.writeUInt8(0, bomb.length - 1)
    const length = Buffer.alloc(4)
    length.writeUInt32LE(bomb.length)
    expect(() => lz4Decompress(lz4Frame(length, bomb))).toThrow(/come out/)
  })
})

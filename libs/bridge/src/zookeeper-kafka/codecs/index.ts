import kafkajs from 'kafkajs'
import zlib from 'node:zlib'
import { lz4Decompress } from './lz4.ts'
import { maxOutputBytes } from './output.ts'
import { snappyDecompress } from './snappy.ts'

const { CompressionCodecs, CompressionTypes } = kafkajs

type Decompress = (input: Buffer) => Buffer

/** Node has it since 22.15. */
const { zstdDecompressSync } = zlib as {
  zstdDecompressSync?: (input: Buffer, options: { maxOutputLength: number }) => Buffer
}
const zstdDecompress: Decompress | undefined =
  zstdDecompressSync && ((input) => zstdDecompressSync(input, { maxOutputLength: maxOutputBytes }))

/**
 * Once a process: lets kafkajs read what others compressed with snappy, lz4 and, where Node can,
 * zstd. New records are kept uncompressed by the broker; these are for what was in a topic before.
 */
export function readAllCompressions(): void {
  const ways: [2 | 3 | 4, Decompress | undefined][] = [
    [CompressionTypes.Snappy, snappyDecompress],
    [CompressionTypes.LZ4, lz4Decompress],
    [CompressionTypes.ZSTD, zstdDecompress],
  ]
  for (const [type, decompress] of ways)
    if (decompress !== undefined)
      CompressionCodecs[type] = () => ({
        compress: async () => Promise.reject(new TypeError('nothing is written compressed')),
        decompress: async (input: Buffer) => decompress(input),
      })
}

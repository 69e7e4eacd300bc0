import kafkajs from 'kafkajs'
import zlib from 'node:zlib'
import { lz4Decompress } from './lz4.ts'
import { maxOutputBytes } from './output.ts'
import { snappyDecompress } from './snappy.ts'

const { CompressionCodecs, CompressionTypes } = kafkajs

type Decompress = (input: Buffer) => Buffer

/** Exists in Node 22.15 and later. */
const { zstdDecompressSync } = zlib as {
  zstdDecompressSync?: (input: Buffer, options: { maxOutputLength: number }) => Buffer
}
const zstdDecompress: Decompress | undefined =
  zstdDecompressSync && ((input) => zstdDecompressSync(input, { maxOutputLength: maxOutputBytes }))

/**
 * Lets kafkajs read records that are compressed with snappy, lz4 and, if Node can, zstd. The broker
 * keeps new records uncompressed. These codecs are for records that were in a topic before.
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
        compress: async () =>
          Promise.reject(new TypeError('this process writes uncompressed records only')),
        decompress: async (input: Buffer) => decompress(input),
      })
}

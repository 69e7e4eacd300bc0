import { Output, slice } from './output.ts'

// https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md. The broker has checked the
// checksums.
const magic = 0x184d2204
const uncompressed = 0x80000000

/** @throws RangeError: the input is not in this format */
export function lz4Decompress(input: Buffer): Buffer {
  if (slice(input, 0, 7).readUInt32LE() !== magic) throw new RangeError('no LZ4 frame')
  const flags = input[4] ?? 0
  const hasBlockChecksums = (flags & 0x10) !== 0
  const hasSize = (flags & 0x08) !== 0
  const hasDictionary = (flags & 0x01) !== 0
  const output = new Output(2 * input.length)
  let at = 7 + (hasSize ? 8 : 0) + (hasDictionary ? 4 : 0)
  for (;;) {
    const size = slice(input, at, 4).readUInt32LE()
    at += 4
    if (size === 0) return output.taken()
    const length = size % uncompressed
    const bytes = slice(input, at, length)
    if (size >= uncompressed) output.append(bytes)
    else block(bytes, output)
    at += length + (hasBlockChecksums ? 4 : 0)
  }
}

function block(input: Buffer, output: Output): void {
  let at = 0
  /** A length of 15 is continued in the next bytes. */
  const wholeLength = (first: number): number => {
    if (first < 15) return first
    for (let length = first; ;) {
      const more = slice(input, at, 1)[0] ?? 0
      at += 1
      length += more
      if (more < 255) return length
    }
  }
  while (at < input.length) {
    const token = input[at] ?? 0
    at += 1
    const literals = wholeLength(token >> 4)
    output.append(slice(input, at, literals))
    at += literals
    // The last sequence has literals only.
    if (at === input.length) return
    const distance = slice(input, at, 2).readUInt16LE()
    at += 2
    output.repeat(distance, wholeLength(token & 15) + 4)
  }
}

import { Output, slice } from './output.ts'

// The Java library writes its own header and then chunks with their lengths. Others write the plain
// format (https://github.com/google/snappy/blob/main/format_description.txt).
const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const headerLength = 16

/** @throws RangeError: the input is not in this format */
export function snappyDecompress(input: Buffer): Buffer {
  const output = new Output(2 * input.length)
  if (!input.subarray(0, header.length).equals(header)) block(input, output)
  else
    for (let at = headerLength; at < input.length;) {
      const length = slice(input, at, 4).readInt32BE()
      block(slice(input, at + 4, length), output)
      at += 4 + length
    }
  return output.taken()
}

function block(input: Buffer, output: Output): void {
  let at = 0
  // Skips the length of the output (seven bits a byte), because `Output` grows.
  while (at < input.length && (input[at] ?? 0) >= 0x80) at += 1
  at += 1
  const start = output.length
  while (at < input.length) {
    const tag = input[at] ?? 0
    at += 1
    if ((tag & 3) === 0) {
      let length = (tag >> 2) + 1
      if (length > 60) {
        const bytes = length - 60
        length = slice(input, at, bytes).readUIntLE(0, bytes) + 1
        at += bytes
      }
      output.append(slice(input, at, length))
      at += length
      continue
    }
    const bytes = [0, 1, 2, 4][tag & 3] ?? 0
    const low = slice(input, at, bytes).readUIntLE(0, bytes)
    at += bytes
    const isShort = bytes === 1
    const distance = isShort ? ((tag >> 5) << 8) | low : low
    if (distance > output.length - start) throw new RangeError('a copy from before the block')
    output.repeat(distance, isShort ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1)
  }
}

import { isUtf8 } from 'node:buffer'
import type { Readable } from 'node:stream'
import { CommandError } from './errors.ts'

/** Far above any message. Without it a stream without line breaks would fill the memory. */
const maxLineBytes = 1_000_000
const lineFeed = 10

/**
 * The lines of a stream, split only at `
 * ` and `\r
 * `. In newer versions of Node, readline also ends a line at U+2028, and the rest of a text would
 * run as a command. A line that is not UTF-8 is replaced by an error, because with replaced bytes
 * it would be another text.
 * @throws CommandError `unreadable_input`
 */
export async function* readLines(
  input: Readable,
  signal: AbortSignal,
  change: (bytes: Buffer) => Buffer = (bytes) => bytes,
): AsyncGenerator<string | CommandError> {
  let number = 0
  const read = (bytes: Buffer): string | CommandError => {
    number += 1
    if (isUtf8(bytes)) return bytes.toString().replace(/\r$/, '')
    return new CommandError('unreadable_input', `line ${number} is not UTF-8, and is not sent`)
  }
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunksOf(input, signal)) {
    let left = Buffer.concat([rest, change(chunk)])
    for (let end = left.indexOf(lineFeed); end >= 0; end = left.indexOf(lineFeed)) {
      if (signal.aborted) return
      yield read(left.subarray(0, end))
      left = left.subarray(end + 1)
    }
    if (left.length > maxLineBytes) {
      throw new CommandError('unreadable_input', `a line is longer than ${maxLineBytes} bytes`)
    }
    rest = left
  }
  if (rest.length > 0 && !signal.aborted) yield read(rest)
}

async function* chunksOf(input: Readable, signal: AbortSignal): AsyncGenerator<Buffer> {
  const aborted = new Promise<{ done: true }>((resolve) => {
    if (signal.aborted) resolve({ done: true })
    signal.addEventListener('abort', () => resolve({ done: true }), { once: true })
  })
  const chunks = input[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>
  for (;;) {
    const next = await Promise.race([read(chunks), aborted])
    if (next.done === true) return
    yield Buffer.from(next.value as string)
  }
}

async function read(chunks: AsyncIterator<Buffer | string>): Promise<IteratorResult<unknown>> {
  try {
    return await chunks.next()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'failed'
    throw new CommandError('unreadable_input', `cannot read the input: ${why}`, cause)
  }
}

import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { CommandError } from './errors.ts'

/** Far above any message; without it a stream without line breaks would fill the memory. */
const maxLineLength = 1_000_000

/**
 * The lines of a stream, split at `\n` and `\r\n` only: readline ends a line at U+2028, too, in
 * newer versions of Node, and the rest of a text would run as a command.
 * @throws CommandError `unreadable_input`
 */
export async function* readLines(
  input: Readable,
  signal: AbortSignal,
  change: (text: string) => string = (text) => text,
): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const chunk of chunksOf(input, signal)) {
    const lines = (rest + change(decoder.write(chunk))).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > maxLineLength) {
      throw new CommandError(
        'unreadable_input',
        `a line is longer than ${maxLineLength} characters`,
      )
    }
    for (const line of lines) {
      if (signal.aborted) return
      yield line.replace(/\r$/, '')
    }
  }
  rest += decoder.end()
  if (rest !== '' && !signal.aborted) yield rest
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

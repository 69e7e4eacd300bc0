import { fstatSync, writeSync } from 'node:fs'
import type { DestinationStream } from 'pino'

/**
 * The most bytes that wait for a slow reader of the log. Further lines are lost, because the
 * platform must not wait.
 */
const maxWaitingBytes = 1024 * 1024
const pollMs = 20

export type Output = NodeJS.WritableStream & {
  readonly fd?: number
  readonly writableLength: number
  readonly destroyed?: boolean
}

/**
 * Writes lines to standard output or standard error. If the reader is gone or too slow, the disk is
 * full or the terminal is lost, lines are lost; the process continues.
 */
export function logWriter(output: Output): DestinationStream {
  surviveErrors(output)
  const isFile = isRegularFile(output.fd)
  return {
    write: (line) => {
      if (isFile) writeToFile(output.fd ?? 0, line)
      else if (output.destroyed !== true && output.writableLength < maxWaitingBytes)
        output.write(line)
    },
  }
}

/**
 * Resolves when the reader has taken all lines, or after `withinMs`, because it may never do so.
 */
export async function written(output: Output, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs
  while (output.writableLength > 0 && output.destroyed !== true && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, pollMs))
}

const surviving = new WeakSet<object>()

/** Ignores the stream's errors, which would otherwise be uncaught and end the process. */
export function surviveErrors(output: Output): void {
  if (surviving.has(output)) return
  surviving.add(output)
  output.on('error', () => undefined)
}

/**
 * Writes without a stream, because a stream ends for good with its first error. So lines are
 * written again once the disk has room.
 */
function writeToFile(fd: number, line: string): void {
  try {
    writeSync(fd, line)
  } catch {
    // The disk is full: the line is lost.
  }
}

function isRegularFile(fd: number | undefined): boolean {
  try {
    return fd !== undefined && fstatSync(fd).isFile()
  } catch {
    return false
  }
}

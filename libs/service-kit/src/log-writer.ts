import { fstatSync, writeSync } from 'node:fs'
import type { DestinationStream } from 'pino'

/**
 * Bytes that wait for a slow reader. Lines above it are lost, because the platform must continue.
 */
const maxWaitingBytes = 1024 * 1024
const pollMs = 20

export type Output = NodeJS.WritableStream & {
  readonly fd?: number
  readonly writableLength: number
  readonly destroyed?: boolean
}

/**
 * Writes lines to standard output or standard error without ever stopping the process. A reader
 * that is gone or too slow, a full disk or a lost terminal costs only lines.
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
 * Resolves when everything written has been read, or after `withinMs`, because a reader may never
 * read it.
 */
export async function written(output: Output, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs
  while (output.writableLength > 0 && output.destroyed !== true && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, pollMs))
}

const surviving = new WeakSet<object>()

/** An error of such a stream would be an uncaught one. */
export function surviveErrors(output: Output): void {
  if (surviving.has(output)) return
  surviving.add(output)
  output.on('error', () => undefined)
}

/**
 * Written without a stream, because a stream ends for good with its first error. Once there is room
 * again, lines are written again.
 */
function writeToFile(fd: number, line: string): void {
  try {
    writeSync(fd, line)
  } catch {
    // The disk is full.
  }
}

function isRegularFile(fd: number | undefined): boolean {
  try {
    return fd !== undefined && fstatSync(fd).isFile()
  } catch {
    return false
  }
}

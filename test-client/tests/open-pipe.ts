import { PassThrough } from 'node:stream'
import type { RookeryClientOptions } from '@rookery/client'
import { quick } from '@rookery/client/testing'
import type { Config } from '../src/config.ts'
import { runPipe } from '../src/pipe.ts'

export interface OpenPipe {
  input: PassThrough
  output: PassThrough
  lines: string[]
  complaints: string[]
  exitCode: Promise<number>
  /** Resolves when a line with this text has been printed. */
  seen: (text: string) => Promise<void>
}

/** A running client in a pipe: its printed lines, and a way to type. */
export function openPipe(
  server: string,
  config: Partial<Config> = {},
  more: { giveUpMs?: number; client?: Omit<RookeryClientOptions, 'url'> } = {},
): OpenPipe {
  const input = new PassThrough()
  const output = new PassThrough()
  const lines: string[] = []
  const complaints: string[] = []
  const waiting = new Set<() => void>()
  output.on('data', (data: Buffer) => {
    lines.push(...data.toString().trimEnd().split('\n'))
    for (const look of waiting) look()
  })
  const exitCode = runPipe({
    config: { server, json: false, password: 'secret-1', ...config },
    input,
    output,
    client: quick,
    complain: (text) => complaints.push(text),
    ...more,
  })
  const seen = (text: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!lines.some((line) => line.includes(text))) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  return { input, output, lines, complaints, exitCode, seen }
}

#!/usr/bin/env node
import { constants } from 'node:os'
import { readConfig } from './config.ts'
import type { Config } from './config.ts'
import { CommandError } from './errors.ts'
import { runPipe } from './pipe.ts'
import { runTerminal } from './terminal.ts'

const { stdin, stdout, stderr } = process

async function main(): Promise<number> {
  // A closed stderr is no reason to end.
  stderr.on('error', () => {})
  try {
    const config = readConfig(process.argv.slice(2))
    if (stdin.isTTY && stdout.isTTY && !config.json) return await chatAtTerminal(config)
    return await runPipe({ config, input: stdin, output: stdout, complain })
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    complain(error.message)
    return 1
  }
}

function complain(text: string): void {
  stderr.write(`error: ${text}\n`)
}

async function chatAtTerminal(config: Config): Promise<number> {
  const ending = new AbortController()
  let exitCode: number | null = null
  const end = (code: number) => {
    exitCode ??= code
    ending.abort()
  }
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => end(128 + constants.signals[signal]))
  }
  // The terminal is gone.
  for (const stream of [stdin, stdout]) {
    stream.on('error', () => end(128 + constants.signals.SIGHUP))
  }
  const dumb = process.env['TERM'] === 'dumb'
  const code = await runTerminal({
    config,
    input: stdin,
    output: stdout,
    dumb,
    colors: !dumb && (stdout.hasColors?.() ?? false),
    signal: ending.signal,
    // The whole group, as the system does it: npm may stand between this process and the shell.
    suspend: () => process.kill(0, 'SIGTSTP'),
    onSignal: (signal, listener) => process.on(signal, listener),
  })
  return exitCode ?? code
}

const code = await main()
// Standard input may be open still; what was written must be out first.
stdout.write('', () => process.exit(code))

#!/usr/bin/env node
import { readConfig } from './config.ts'
import type { Config } from './config.ts'
import { CommandError } from './errors.ts'
import { runPipe } from './pipe.ts'
import { runTerminal } from './terminal.ts'

const { stdin, stdout, stderr } = process

/** Resolves with the exit code, or with the signal that must end the process. */
async function main(): Promise<number | NodeJS.Signals> {
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

async function chatAtTerminal(config: Config): Promise<number | NodeJS.Signals> {
  const ending = new AbortController()
  let endedBy: NodeJS.Signals | null = null
  const end = (signal: NodeJS.Signals) => {
    endedBy ??= signal
    ending.abort()
  }
  // The terminal is lost.
  for (const stream of [stdin, stdout]) stream.on('error', () => end('SIGHUP'))
  const dumb = process.env['TERM'] === 'dumb'
  // Where the system reads the keys, Ctrl-C comes as SIGINT.
  const signals = ['SIGTERM', 'SIGHUP', ...(dumb ? [] : (['SIGINT'] as const))] as const
  for (const signal of signals) process.on(signal, end)
  const code = await runTerminal({
    config,
    input: stdin,
    output: stdout,
    dumb,
    colors: !dumb && (stdout.hasColors?.() ?? false),
    signal: ending.signal,
    // To the whole process group, as the system does it, because npm may stand between this process
    // and the shell.
    suspend: () => process.kill(0, 'SIGTSTP'),
    onSignal: (signal, listener) => process.on(signal, listener),
  })
  return endedBy ?? code
}

const end = await main()
// Standard input may still be open. The output must be written first.
stdout.write('', () => {
  if (typeof end === 'number') process.exit(end)
  // Without its terminal, Node 20 fails an assertion in `process.exit`. A signal avoids that.
  process.removeAllListeners(end)
  process.kill(process.pid, end)
})

#!/usr/bin/env node
import { ConfigError, onStopSignals } from '@rookery/service-kit'
import { createInterface } from 'node:readline'
import { readWorkerConfig, workerHelp } from './config.ts'
import { menu, runCommand } from './menu.ts'
import { connectWorker } from './worker.ts'
import { WorkerError } from './worker-error.ts'

/**
 * Runs commands from a person or a pipe, one per line, each after the last one is done. @returns
 * the exit code: 0 if all succeeded
 */
async function main(): Promise<number> {
  const { stdin, stdout } = process
  const worker = await connectWorker(readWorkerConfig(process.argv.slice(2), process.env))
  let failed = false
  const lines = createInterface({
    input: stdin,
    ...(stdin.isTTY ? { output: stdout, prompt: `${worker.name}> ` } : {}),
  })
  endInOrder(() => lines.close())
  if (stdin.isTTY) stdout.write(`${menu}\n`)
  try {
    if (stdin.isTTY) lines.prompt()
    for await (const line of lines) {
      const outcome = await runCommand(line, worker)
      for (const each of outcome.lines) stdout.write(`${each}\n`)
      failed ||= outcome.failed
      if (outcome.exit) break
      if (stdin.isTTY) lines.prompt()
    }
  } finally {
    lines.close()
    await worker.close()
  }
  return failed ? 1 : 0
}

/**
 * When it is stopped, or nobody reads its answers any more, it signs off as after its last command.
 * A second signal ends it at once.
 */
function endInOrder(close: () => void): void {
  let ending = false
  const stop = (): void => {
    ending = true
    close()
  }
  onStopSignals({ isStopping: () => ending, stop, again: () => process.exit(1) })
  process.stdout.on('error', stop)
}

try {
  const help = process.argv.includes('--help')
  if (help) process.stdout.write(workerHelp(menu))
  const code = help ? 0 : await main()
  process.stdout.write('', () => process.exit(code))
} catch (error) {
  if (!(error instanceof ConfigError) && !(error instanceof WorkerError)) throw error
  process.stderr.write(`worker: ${error.message}\n`)
  process.exit(1)
}

#!/usr/bin/env node
import { readConfig } from './config.ts'
import { CommandError } from './errors.ts'
import { runPipe } from './pipe.ts'
import { runTerminal } from './terminal.ts'

async function main(): Promise<number> {
  const { stdin, stdout } = process
  try {
    const config = readConfig(process.argv.slice(2))
    // Whoever reads the lines may stop reading: that is no error of ours.
    stdout.on('error', (error: NodeJS.ErrnoException) => {
      process.exit(error.code === 'EPIPE' ? 0 : 1)
    })
    if (stdin.isTTY && stdout.isTTY && !config.json) {
      const colors = stdout.hasColors?.() ?? false
      return await runTerminal({ config, input: stdin, output: stdout, colors })
    }
    return await runPipe({ config, input: stdin, output: stdout })
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    process.stderr.write(`error: ${error.message}\n`)
    return 1
  }
}

const code = await main()
// Standard input may be open still; what was written must be out first.
process.stdout.write('', () => process.exit(code))

import { createInterface } from 'node:readline'
import type { Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { RookeryClientOptions } from '@rookery/client'
import { joinOrCreate } from './commands/join.ts'
import type { Config } from './config.ts'
import { CommandError } from './errors.ts'
import { renderText } from './render.ts'
import type { Report } from './report.ts'
import { reportError, runLine } from './run-line.ts'
import { Session } from './session.ts'

export interface PipeOptions {
  config: Config
  input: Readable
  output: Writable
  /** Beside the server's address. */
  client?: Omit<RookeryClientOptions, 'url'>
}

/**
 * One command per line in, each done before the next is read; one line per event out.
 * Resolves with the exit code once the input has ended, or `/quit`: 0 = all succeeded.
 */
export async function runPipe({ config, input, output, client }: PipeOptions): Promise<number> {
  const toLine = config.json ? (report: Report) => JSON.stringify(report) : renderText
  let failed = false
  let lines: Interface | null = null
  const report = (line: Report) => {
    output.write(`${toLine(line)}\n`)
    if (line.type !== 'disconnected') return
    // Nothing that follows could succeed, and the input may stay open for ever.
    failed = true
    lines?.close()
  }
  const session = new Session({
    client: { ...client, url: config.server },
    report,
    askPassword: (username) => {
      if (config.password !== undefined) return Promise.resolve(config.password)
      const how = 'give it by --password-file or ROOKERY_PASSWORD'
      return Promise.reject(new CommandError('no_password', `the password of ${username}: ${how}`))
    },
  })
  try {
    if (config.username !== undefined) await session.logInOrRegister(config.username)
    if (config.room !== undefined) await joinOrCreate(config.room, session)
    lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
    for await (const line of lines) {
      if (!(await runLine(line, session))) failed = true
      if (session.quitting) break
    }
  } catch (error) {
    reportError(error, session)
    failed = true
  } finally {
    lines?.close()
    session.close()
  }
  return failed ? 1 : 0
}

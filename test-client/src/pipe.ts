import type { Readable, Writable } from 'node:stream'
import type { RookeryClientOptions } from '@rookery/client'
import { joinOrCreate } from './commands/join.ts'
import type { Config } from './config.ts'
import { CommandError } from './errors.ts'
import { readLines } from './read-lines.ts'
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
  /** For what nobody would read on the output. */
  complain?: (text: string) => void
  /** Without a connection for so long it ends. Default 20,000. */
  giveUpMs?: number
}

/**
 * One command per line in, each done before the next is read; one line per event out. Resolves
 * with the exit code once the input has ended, or `/quit`: 0 = everything that was read succeeded.
 */
export function runPipe(options: PipeOptions): Promise<number> {
  return new PipeChat(options).run()
}

class PipeChat {
  readonly #options: PipeOptions
  readonly #session: Session
  readonly #ended = new AbortController()
  #failed = false
  #giveUpTimer: ReturnType<typeof setTimeout> | undefined
  /** Why there is no connection. */
  #why = 'no answer'

  constructor(options: PipeOptions) {
    this.#options = options
    const { config, client } = options
    this.#session = new Session({
      client: { ...client, url: config.server },
      report: (report) => this.#report(report),
      passwords: passwordsOf(config),
      listsAll: config.json,
    })
  }

  async run(): Promise<number> {
    const { config, input, output } = this.#options
    // Nobody reads any more: what is in hand is finished, and the rest is not read.
    output.on('error', () => {
      if (!this.#ended.signal.aborted) {
        this.#options.complain?.('the output was closed: what follows in the input is not sent')
      }
      this.#end()
    })
    const session = this.#session
    try {
      if (config.username !== undefined) {
        this.#giveUpLater()
        await session.logInOrRegister(config.username)
      }
      if (config.room !== undefined) await joinOrCreate(config.room, session)
      for await (const line of readLines(input, this.#ended.signal)) {
        if (line instanceof CommandError) reportError(line, session)
        if (line instanceof CommandError || !(await runLine(line, session))) this.#failed = true
        if (session.quitting) break
      }
    } catch (error) {
      // Why it ended has been said.
      if (!this.#ended.signal.aborted) reportError(error, session)
      this.#failed = true
    } finally {
      clearTimeout(this.#giveUpTimer)
      session.close()
    }
    return this.#failed ? 1 : 0
  }

  #report(report: Report): void {
    const { config, output } = this.#options
    output.write(`${config.json ? toJsonLine(report) : renderText(report)}\n`)
    if (report.type === 'connected' || report.type === 'reconnected') {
      clearTimeout(this.#giveUpTimer)
      this.#giveUpTimer = undefined
    }
    if (report.type === 'reconnecting') {
      this.#why = report.why
      this.#giveUpLater()
    }
    // Nothing that follows could succeed, and the input may stay open for ever.
    if (report.type === 'disconnected') this.#end()
  }

  #giveUpLater(): void {
    const { giveUpMs = 20_000 } = this.#options
    this.#giveUpTimer ??= setTimeout(() => {
      const message = `gave up after ${Math.round(giveUpMs / 1000)} s: ${this.#why}`
      this.#report({ type: 'disconnected', code: 'network', message })
      this.#session.close()
    }, giveUpMs)
  }

  #end(): void {
    this.#failed = true
    this.#ended.abort()
  }
}

function passwordsOf({ password }: Config): ConstructorParameters<typeof Session>[0]['passwords'] {
  const ask = (username: string) => {
    if (password !== undefined) return Promise.resolve(password)
    const how = 'give it by --password-file or ROOKERY_PASSWORD'
    return Promise.reject(new CommandError('no_password', `the password of ${username}: ${how}`))
  }
  return { ask, askNew: ask, ...(password !== undefined && { given: password }) }
}

/** JSON on one line for every reader of lines: some also split at U+0085, U+2028 or U+2029. */
function toJsonLine(report: Report): string {
  return JSON.stringify(report).replaceAll(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

import type { Readable, Writable } from 'node:stream'
import type { RookeryClientOptions } from '@rookery/client'
import { joinOrCreate } from './commands/join.ts'
import type { Config } from './config.ts'
import { CommandError } from './errors.ts'
import { readLines } from './read-lines.ts'
import { renderText } from './render.ts'
import type { Report } from './report.ts'
import { reportError, runLine } from './run-line.ts'
import { ChatSession } from './chat-session.ts'

export interface PipeOptions {
  config: Config
  input: Readable
  output: Writable
  /** Options besides the server's address. */
  client?: Omit<RookeryClientOptions, 'url'>
  /** Reports a fault when nobody reads the output. */
  complain?: (text: string) => void
  /** Time without a connection after which the client ends. Default 20,000. */
  giveUpMs?: number
}

/**
 * Reads one command per line, does each before it reads the next, and writes one line per event.
 * Resolves with the exit code after the end of the input or `/quit`. 0: every command succeeded.
 */
export function runPipe(options: PipeOptions): Promise<number> {
  return new PipeChat(options).run()
}

class PipeChat {
  readonly #options: PipeOptions
  readonly #session: ChatSession
  readonly #ended = new AbortController()
  #failed = false
  #giveUpTimer: ReturnType<typeof setTimeout> | undefined
  /** The reason why there is no connection. */
  #why = 'no answer'

  constructor(options: PipeOptions) {
    this.#options = options
    const { config, client } = options
    this.#session = new ChatSession({
      client: { ...client, url: config.server },
      report: (report) => this.#report(report),
      passwords: passwordsOf(config),
      listsAll: config.json,
    })
  }

  async run(): Promise<number> {
    const { config, input, output } = this.#options
    // Nobody reads the output any more. The present command is finished, and the rest is not read.
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
      // The reason of the end has been reported.
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
    // No later command could succeed, and the input may stay open without an end.
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

function passwordsOf({
  password,
}: Config): ConstructorParameters<typeof ChatSession>[0]['passwords'] {
  const ask = (username: string) => {
    if (password !== undefined) return Promise.resolve(password)
    const how = 'give it by --password-file or ROOKERY_PASSWORD'
    return Promise.reject(new CommandError('no_password', `the password of ${username}: ${how}`))
  }
  return { ask, askNew: ask, ...(password !== undefined && { given: password }) }
}

/**
 * JSON on one line for every reader of lines, because some also split at U+0085, U+2028 or U+2029.
 */
function toJsonLine(report: Report): string {
  return JSON.stringify(report).replaceAll(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

import type { Readable } from 'node:stream'
import type { RookeryClientOptions } from '@rookery/client'
import pc from 'picocolors'
import { joinOrCreate } from './commands/join.ts'
import { complete } from './completion.ts'
import type { Config } from './config.ts'
import { renderText } from './render.ts'
import type { Paint } from './render.ts'
import type { InRoom, Report } from './report.ts'
import { reportError, runLine } from './run-line.ts'
import { Screen } from './screen.ts'
import type { TerminalOutput } from './screen.ts'
import { Session } from './session.ts'
import { Typists } from './typists.ts'
import { parseLine } from './words.ts'
import { visible } from './visible.ts'

export interface TerminalOptions {
  config: Config
  input: Readable
  output: TerminalOutput
  colors: boolean
  /** Beside the server's address. */
  client?: Omit<RookeryClientOptions, 'url'>
}

/** Chats with a person at a terminal until that one leaves. Resolves with the exit code. */
export function runTerminal(options: TerminalOptions): Promise<number> {
  return new TerminalChat(options).run()
}

class TerminalChat {
  readonly #options: TerminalOptions
  readonly #paint: Paint
  readonly #screen: Screen
  readonly #session: Session
  readonly #typists: Typists
  /** Own messages on their way, oldest first. */
  readonly #sending: (InRoom & { content: string })[] = []
  /** Lines that wait for the command before them: a text goes where `/join` leads. */
  #queue: Promise<unknown> = Promise.resolve()
  #ended: () => void = () => {}
  #markTimer: ReturnType<typeof setTimeout> | undefined

  constructor(options: TerminalOptions) {
    this.#options = options
    const { config, input, output } = options
    const color = pc.createColors(options.colors)
    this.#paint = {
      room: color.cyan,
      name: color.bold,
      dim: color.dim,
      good: color.green,
      bad: color.red,
    }
    this.#session = new Session({
      client: { ...options.client, url: config.server },
      report: (report) => this.#report(report),
      askPassword: async (username) =>
        config.password ?? this.#screen.askHidden(`password of ${username}: `),
    })
    this.#typists = new Typists(() => this.#stay())
    this.#screen = new Screen({
      input,
      output,
      complete: (line) => complete(line, this.#session),
      onLine: (line) => this.#line(line),
      onTyping: (line) => this.#typing(line),
      onEnd: () => this.#ended(),
    })
  }

  async run(): Promise<number> {
    const ended = new Promise<void>((resolve) => {
      this.#ended = resolve
    })
    this.#prompt()
    // What is typed meanwhile waits for the log-in.
    this.#queue = this.#start()
    await ended
    clearTimeout(this.#markTimer)
    this.#typists.close()
    const unsent = this.#sending.splice(0)
    this.#session.close()
    for (const { room, content } of unsent) {
      this.#screen.print(`${this.#paint.bad('not stored')} [${visible(room)}] ${visible(content)}`)
    }
    return unsent.length === 0 ? 0 : 1
  }

  async #start(): Promise<void> {
    const { username, room } = this.#options.config
    try {
      if (username === undefined) {
        this.#screen.print(
          'Welcome. /register <username> makes an account, /login <username> enters one, /help lists the rest.',
        )
      } else await this.#session.logInOrRegister(username)
      if (room !== undefined) await joinOrCreate(room, this.#session)
    } catch (error) {
      reportError(error, this.#session)
    }
    this.#prompt()
  }

  #line(line: string): void {
    const { command } = parseLine(line)
    if (command === 'quit') {
      this.#session.quit()
      return this.#screen.close()
    }
    if (command === null) this.#queue = this.#queue.then(() => void this.#say(line))
    else this.#queue = this.#queue.then(() => this.#command(line, command))
  }

  async #say(line: string): Promise<void> {
    const { room } = this.#session
    if (line.trim() === '') return
    const entry = room === null ? null : { ...room, content: parseLine(line).rest }
    if (entry !== null) this.#sending.push(entry)
    this.#stay()
    await runLine(line, this.#session)
    this.#arrived((sending) => sending === entry)
    this.#stay()
  }

  async #command(line: string, command: string): Promise<void> {
    this.#screen.print(this.#paint.dim(`› ${shownCommand(line, command)}`))
    await runLine(line, this.#session)
    this.#prompt()
  }

  #report(report: Report): void {
    if (report.type === 'typing') return this.#typists.typing(report)
    // A line per reader and message would drown the talk.
    if (report.type === 'read') return
    if (report.type === 'message') this.#typists.said(report.channelId, report.senderId)
    if (report.type === 'sent') {
      // It leaves the lines on their way in the moment in which it is printed as stored.
      const { channelId, content } = report
      this.#arrived((sending) => sending.channelId === channelId && sending.content === content)
      this.#stay()
      this.#screen.print(this.#stored(report))
    } else this.#screen.print(renderText(report, this.#paint))
    if (report.type === 'message' || report.type === 'entered') this.#readSoon(report.channelId)
    this.#prompt()
  }

  #arrived(isIt: (sending: InRoom & { content: string }) => boolean): void {
    const index = this.#sending.findIndex(isIt)
    if (index >= 0) this.#sending.splice(index, 1)
  }

  #stored({ room, seq, content }: Extract<Report, { type: 'sent' }>): string {
    const { room: inRoom, dim, name, good } = this.#paint
    const self = name(this.#session.username ?? '')
    return `${inRoom(`[${visible(room)}]`)} ${dim(`#${seq}`)} ${self}: ${visible(content)} ${good('✓')}`
  }

  /** What is on the screen of the room one is in counts as read. */
  #readSoon(channelId: string): void {
    if (this.#session.room?.channelId !== channelId) return
    clearTimeout(this.#markTimer)
    this.#markTimer = setTimeout(() => {
      // An unread count that stays is the worst that a failure can do.
      if (this.#session.loggedIn) {
        this.#session.client.markRead(channelId).then(
          () => this.#prompt(),
          () => {},
        )
      }
    }, 300)
  }

  #typing(line: string): void {
    const { room } = this.#session
    if (room !== null && line !== '' && !line.startsWith('/'))
      this.#session.client.typing(room.channelId)
  }

  #stay(): void {
    this.#screen.stay(this.#staying())
  }

  #staying(): string[] {
    const sending = this.#sending.map(
      ({ room, content }) => `… [${visible(room)}] ${visible(content)}`,
    )
    return [...sending, ...this.#typists.lines()]
  }

  #prompt(): void {
    const others = [...this.#session.channels.values()].filter(
      ({ channel }) => channel.unread > 0 && channel.channelId !== this.#session.room?.channelId,
    )
    const unread = others.reduce((sum, { channel }) => sum + channel.unread, 0)
    const news = unread === 0 ? '' : ` ${this.#paint.good(`(${unread} unread)`)}`
    this.#screen.prompt(`${this.#paint.room(this.#where())}${news} ${this.#paint.name('>')} `)
  }

  #where(): string {
    const { room, username } = this.#session
    return room === null ? `[${username ?? 'not logged in'}]` : `[${visible(room.room)}]`
  }
}

/** The echo of a command, without a password that was typed into it. */
function shownCommand(line: string, command: string | null): string {
  if (command !== 'login' && command !== 'register') return visible(line)
  return visible(line.split(/\s+/).slice(0, 2).join(' '))
}

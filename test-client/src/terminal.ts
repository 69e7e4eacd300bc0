import type { RookeryClientOptions } from '@rookery/client'
import pc from 'picocolors'
import { joinOrCreate } from './commands/join.ts'
import { complete } from './completion.ts'
import type { Config } from './config.ts'
import { columnsOf } from './display.ts'
import type { Display, DisplayEvents, TerminalOutput } from './display.ts'
import type { TerminalInput } from './keyboard.ts'
import { isolatedLabel } from './labels.ts'
import { Outgoing } from './outgoing.ts'
import { PlainScreen } from './plain-screen.ts'
import { Questions } from './questions.ts'
import { renderText } from './render.ts'
import type { Style } from './render.ts'
import type { Report } from './report.ts'
import { reportError, runLine } from './run-line.ts'
import { Screen } from './screen.ts'
import { ChatSession } from './chat-session.ts'
import { splitText } from './split-text.ts'
import { wrap } from './text-width.ts'
import { shownTime } from './times.ts'
import { Typists } from './typists.ts'
import { parseLine } from './words.ts'
import { isolated, visible, visibleLines } from './visible.ts'

export interface TerminalOptions {
  config: Config
  input: TerminalInput
  output: TerminalOutput
  colors: boolean
  /** The terminal has no escape codes. */
  dumb?: boolean
  /** Ends the chat from outside, for example when the terminal is lost. */
  signal?: AbortSignal
  /** Stops this program until the shell continues it. */
  suspend?: () => void
  /** Listens to signals: SIGCONT after a stop, and SIGINT where the system reads the keys. */
  onSignal?: (signal: 'SIGCONT' | 'SIGINT', listener: () => void) => void
  /** Options besides the server's address. */
  client?: Omit<RookeryClientOptions, 'url'>
}

/** Chats with a person at a terminal until the person leaves. Resolves with the exit code. */
export function runTerminal(options: TerminalOptions): Promise<number> {
  return new TerminalChat(options).run()
}

/** Time for the answers to the last messages. */
const settleMs = 3_000

class TerminalChat {
  readonly #options: TerminalOptions
  readonly #style: Style
  readonly #screen: Display
  readonly #questions: Questions
  readonly #session: ChatSession
  readonly #typists: Typists
  readonly #outgoing = new Outgoing()
  /**
   * Lines that wait for the command before them, because a text goes to the room that `/join`
   * enters.
   */
  #queue: Promise<unknown> = Promise.resolve()
  #hasEnded = false
  #ended: () => void = () => {}
  #markTimer: ReturnType<typeof setTimeout> | undefined
  /** The reason why there is no connection. It is reported once, and then kept above the prompt. */
  #offline: { why: string; line: string } | null = null

  constructor(options: TerminalOptions) {
    this.#options = options
    const { config } = options
    const color = pc.createColors(options.colors)
    const paint = {
      room: color.cyan,
      name: color.bold,
      dim: color.dim,
      good: color.green,
      bad: color.red,
    }
    this.#style = { paint, forPeople: true }
    this.#questions = new Questions(() => this.#screen, config.password)
    this.#session = new ChatSession({
      client: { ...options.client, url: config.server },
      report: (report) => this.#report(report),
      passwords: this.#questions,
      listsAll: false,
    })
    this.#typists = new Typists(() => this.#stay())
    this.#screen = this.#openScreen()
  }

  async run(): Promise<number> {
    const ended = new Promise<void>((resolve) => {
      this.#ended = resolve
    })
    const { signal } = this.#options
    if (signal?.aborted === true) this.#screen.close()
    signal?.addEventListener('abort', () => this.#screen.close())
    this.#prompt()
    // Lines that are typed meanwhile wait for the log-in.
    this.#queue = this.#start()
    if (!this.#hasEnded) await ended
    // Text that was entered right before `/quit` is not lost, and not reported as lost while its
    // answer is on the way.
    if (this.#session.loggedIn && this.#offline === null) await this.#outgoing.settled(settleMs)
    clearTimeout(this.#markTimer)
    this.#typists.close()
    const unsent = this.#outgoing.takeAll()
    this.#session.close()
    for (const { place, content } of unsent) {
      const where = place === null ? '' : ` [${isolatedLabel(place)}]`
      this.#print(`${this.#style.paint.bad('not stored')}${where} ${visibleLines(content)}`)
    }
    return unsent.length === 0 ? 0 : 1
  }

  #openScreen(): Display {
    const { input, output, dumb, suspend = () => {}, onSignal } = this.#options
    const events: DisplayEvents = {
      onLine: (line) => this.#line(line),
      onTyping: (line) => this.#typing(line),
      onEnd: () => {
        this.#hasEnded = true
        this.#ended()
      },
    }
    if (dumb === true) {
      const plain = new PlainScreen({ input, output, ...events })
      onSignal?.('SIGINT', () => plain.interrupt())
      return plain
    }
    const completes = (line: string) => complete(line, this.#session)
    const screen = new Screen({ input, output, suspend, complete: completes, ...events })
    onSignal?.('SIGCONT', () => screen.resume())
    return screen
  }

  async #start(): Promise<void> {
    const { username, room } = this.#options.config
    try {
      if (username === undefined) {
        this.#print(
          'Welcome. /register <username> makes an account, /login <username> enters one, /help lists the rest.',
        )
      } else await this.#session.logInOrRegister(username)
      if (room !== undefined) await joinOrCreate(room, this.#session)
    } catch (error) {
      if (!this.#hasEnded) reportError(error, this.#session)
    }
    this.#prompt()
  }

  #line(line: string): void {
    const { command, rest } = parseLine(line)
    if (command === 'quit') {
      this.#session.quit()
      return this.#screen.close()
    }
    if (command !== null) {
      this.#queue = this.#queue.then(() => this.#command(line, command))
    } else if (line.trim() !== '') {
      const entry = this.#outgoing.add(rest)
      this.#stay()
      this.#queue = this.#queue.then(() => this.#say(line, entry))
    }
  }

  async #say(line: string, entry: ReturnType<Outgoing['add']>): Promise<void> {
    const { client } = this.#session.loggedIn ? this.#session : { client: null }
    const texts = splitText(entry.content, client?.limits?.maxContentCodePoints)
    if (texts.length > 1) {
      this.#outgoing.remove(entry)
      this.#stay()
      return this.#sayInParts(texts)
    }
    entry.place = this.#session.room
    // The next line need not wait for the answer.
    void this.#deliver(line, entry)
  }

  async #deliver(line: string, entry: ReturnType<Outgoing['add']>): Promise<void> {
    this.#stay()
    await runLine(line, this.#session)
    this.#outgoing.remove(entry)
    this.#stay()
  }

  async #sayInParts(texts: string[]): Promise<void> {
    const question = `That is too long for one message. Send it as ${texts.length} messages?`
    const agreed = await this.#questions.confirm(question).catch(() => false)
    if (!agreed) return this.#print('It was not sent. The key ↑ brings it back.')
    for (const text of texts) {
      const entry = this.#outgoing.add(text)
      entry.place = this.#session.room
      void this.#deliver(text.startsWith('/') ? `/${text}` : text, entry)
    }
  }

  async #command(line: string, command: string): Promise<void> {
    this.#print(this.#style.paint.dim(`› ${shownCommand(line, command)}`))
    await runLine(line, this.#session)
    this.#prompt()
  }

  #report(report: Report): void {
    if (report.type === 'typing') return this.#typists.typing(report.username, report)
    // A line per reader and message would drown the conversation.
    if (report.type === 'read') return
    if (report.type === 'reconnecting') return this.#isOffline(report)
    if (report.type === 'connected' || report.type === 'reconnected') this.#isOnline()
    if (report.type === 'message') this.#typists.said(report.channelId, report.senderId)
    if (report.type === 'sent') {
      // A message leaves the waiting lines in the moment in which it is printed as stored.
      this.#outgoing.stored(report.channelId, report.content)
      this.#stay()
      this.#print(this.#stored(report))
    } else this.#print(renderText(report, this.#style))
    if (report.type === 'message' || report.type === 'entered') this.#readSoon(report.channelId)
    this.#prompt()
  }

  /** A line for each attempt would push the conversation off the screen. */
  #isOffline(report: Extract<Report, { type: 'reconnecting' }>): void {
    const line = renderText(report, this.#style)
    if (this.#offline?.why !== report.why) this.#print(line)
    this.#offline = { why: report.why, line }
    this.#stay()
  }

  #isOnline(): void {
    this.#offline = null
    this.#stay()
  }

  #stored({ seq, content, sentAt, ...place }: Extract<Report, { type: 'sent' }>): string {
    const { room, dim, name, good } = this.#style.paint
    const self = name(this.#session.username ?? '')
    const where = room(`[${isolatedLabel(place)}]`)
    const text = isolated(visibleLines(content))
    return `${dim(shownTime(sentAt))} ${where} ${dim(`#${seq}`)} ${self}: ${text} ${good('✓')}`
  }

  #print(text: string): void {
    const { output, dumb } = this.#options
    // Without the margin, a text could look like a line of another user.
    const margin = `${this.#style.paint.dim('│')} `
    const columns = dumb === true ? Number.POSITIVE_INFINITY : columnsOf(output)
    this.#screen.print(wrap(text, columns, margin))
  }

  /** Messages that the screen shows in the current room count as read. */
  #readSoon(channelId: string): void {
    if (this.#session.room?.channelId !== channelId) return
    clearTimeout(this.#markTimer)
    this.#markTimer = setTimeout(() => {
      // A failure can only leave an unread count unchanged.
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
    const offline = this.#offline === null ? [] : [this.#offline.line]
    this.#screen.stay([...this.#outgoing.lines(), ...this.#typists.lines(), ...offline])
  }

  #prompt(): void {
    const { paint } = this.#style
    const others = [...this.#session.channels.values()].filter(
      ({ channel }) => channel.unread > 0 && channel.channelId !== this.#session.room?.channelId,
    )
    const unread = others.reduce((sum, { channel }) => sum + channel.unread, 0)
    const news = unread === 0 ? '' : ` ${paint.good(`(${unread} unread)`)}`
    this.#screen.prompt(`${paint.room(this.#where())}${news} ${paint.name('>')} `)
  }

  #where(): string {
    const { room, username } = this.#session
    return room === null ? `[${username ?? 'not logged in'}]` : `[${isolatedLabel(room)}]`
  }
}

/** The echo of a command, without a password in it. */
function shownCommand(line: string, command: string | null): string {
  if (command !== 'login' && command !== 'register') return visible(line)
  return visible(line.split(/\s+/).slice(0, 2).join(' '))
}

import { once } from 'node:events'
import { WebSocket, type ClientOptions } from 'ws'
import { newName, register, type Channel, type Message, type LoggedIn } from './rest.ts'

/**
 * Any frame from the server. The type is loose on purpose: each test checks the fields it needs.
 */
export interface Frame extends Record<string, unknown> {
  type: string
  requestId?: string
  channelId: string
  seq: number
  targetSeq: number
  clientSeq?: number
  content?: string
  code?: string
  session: string
  head: number
  more: boolean
  channel: Channel
  messages: Message[]
  messageId: string
  sentAt: string
  serverId: string
  epoch: string
  name: string
  participants: Record<string, unknown>[]
  presence: Record<string, unknown>[]
  lastReadSeq: number
  retryAfterMs?: number
}
/** One channel's part of a `sync_result`. */
export interface Synced {
  events: Frame[]
  head: number
  more: boolean
  reset?: boolean
  error?: { code: string }
}

const waitMs = 8_000

/**
 * A client that does only what docs/protocol.md says, and keeps every frame that it was sent.
 */
export class BareClient {
  readonly session: LoggedIn
  readonly frames: Frame[] = []
  closedWith: { code: number; reason: string } | null = null
  readonly #ws: WebSocket
  readonly #waiting = new Set<() => void>()
  #requests = 0

  private constructor(session: LoggedIn, ws: WebSocket) {
    this.session = session
    this.#ws = ws
    ws.on('message', (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString()) as Frame)
      this.#wake()
    })
    ws.on('close', (code, reason) => {
      this.closedWith = { code, reason: reason.toString() }
      this.#wake()
    })
    ws.on('error', () => undefined)
  }

  /** Opens a socket and sends nothing. */
  static async open(
    session: LoggedIn,
    { query = '', ...options }: ClientOptions & { query?: string; protocols?: string[] } = {},
  ): Promise<BareClient> {
    const { protocols = [], ...rest } = options
    const ws = new WebSocket(`${session.socketUrl}${query}`, protocols, rest)
    const client = new BareClient(session, ws)
    await once(ws, 'open')
    return client
  }

  /** Opens a socket, authenticates, and waits for the list of channels. */
  static async connect(session: LoggedIn, more: Record<string, unknown> = {}): Promise<BareClient> {
    const client = await BareClient.open(session)
    client.send({ type: 'authenticate', token: session.sessionToken, ...more })
    await client.next((frame) => frame.type === 'channels_list' && !frame.more)
    return client
  }

  static async registered(url: string, prefix?: string): Promise<BareClient> {
    return BareClient.connect(await register(url, newName(prefix)))
  }

  get username(): string {
    return this.session.username
  }

  get protocol(): string {
    return this.#ws.protocol
  }

  send(frame: unknown): void {
    this.#ws.send(JSON.stringify(frame))
  }

  sendRaw(data: string | Buffer, options: { binary?: boolean; fin?: boolean } = {}): void {
    this.#ws.send(data, options)
  }

  /** Sends a request, and resolves with the one frame that answers it. */
  async request(frame: Record<string, unknown>): Promise<Frame> {
    this.#requests += 1
    const requestId = `r${this.#requests}`
    this.send({ ...frame, requestId })
    return this.next((answer) => answer.requestId === requestId)
  }

  /** The first frame that passes the test: one that came already, or one that comes within `ms`. */
  async next(test: (frame: Frame) => boolean, ms: number = waitMs): Promise<Frame> {
    const found = await this.#until(() => this.frames.find(test), ms)
    if (found !== undefined) return found
    const seen = this.frames.slice(-15).map((frame) => JSON.stringify(frame))
    throw new Error(
      `${this.username} got no such frame (closed: ${JSON.stringify(this.closedWith)}); the last ones:\n${seen.join('\n')}`,
    )
  }

  /** Waits at most `ms` for the close. @returns its code */
  async closed(ms: number = waitMs): Promise<number> {
    const closed = await this.#until(() => this.closedWith ?? undefined, ms)
    if (closed === undefined) throw new Error(`${this.username} was not closed`)
    return closed.code
  }

  /** Asks for the events after `lastSeq` of one channel. */
  async sync(channelId: string, lastSeq: number): Promise<Synced> {
    const result = await this.request({ type: 'sync', channels: { [channelId]: lastSeq } })
    return (result['channels'] as Record<string, Synced>)[channelId] as Synced
  }

  /** The event with this seq: one that came already, or one that comes within 8 s. */
  async event(channelId: string, seq: number): Promise<Frame> {
    return this.next(
      (frame) => frame.channelId === channelId && frame.seq === seq && eventTypes.has(frame.type),
    )
  }

  /** The frames that are events of a channel. */
  events(channelId: string): Frame[] {
    return this.frames.filter(
      (frame) => frame.channelId === channelId && eventTypes.has(frame.type),
    )
  }

  pause(): void {
    this.#ws.pause()
  }

  resume(): void {
    this.#ws.resume()
  }

  async close(): Promise<void> {
    this.#ws.close(1000)
    await this.closed()
  }

  /** Ends the connection without a close, as if the network were gone. */
  terminate(): void {
    this.#ws.terminate()
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
  }

  async #until<T>(find: () => T | undefined, ms: number): Promise<T | undefined> {
    const deadline = Date.now() + ms
    for (;;) {
      const found = find()
      const left = deadline - Date.now()
      if (found !== undefined || left <= 0) return found
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer)
          this.#waiting.delete(wake)
          resolve()
        }
        const timer = setTimeout(wake, left)
        this.#waiting.add(wake)
      })
    }
  }
}

const eventTypes = new Set([
  'channel_created',
  'chat_message',
  'participant_joined',
  'participant_left',
  'role_changed',
  'channel_updated',
  'message_edited',
  'message_deleted',
  'reaction_added',
  'reaction_removed',
])

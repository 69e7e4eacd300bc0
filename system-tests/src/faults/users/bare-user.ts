import { setTimeout as delay } from 'node:timers/promises'
import type { History, ReadMessage } from '../history.ts'
import { requestOf, type Operation } from '../operation.ts'
import { NotDone, type Actor, type ListedChannel } from './actor.ts'
import { BareFeeds } from './bare-feeds.ts'
import { BareOutbox } from './bare-outbox.ts'
import { BareSocket, type Frame } from './bare-socket.ts'

const password = 'fault test password'
const restWithinMs = 10_000
const maxBackoffMs = 2_000
const tickMs = 500

interface RestBody extends Record<string, unknown> {
  sessionToken: string
  servers: { chat: { url: string } }
  chat: { url: string }
  error?: { code?: string }
}

/**
 * A user on bare sockets, who does what docs/protocol.md tells a client, without the code of the
 * client library.
 */
export class BareUser implements Actor {
  readonly name: string
  token = ''
  readonly #url: string
  readonly #history: History
  readonly #session: string
  readonly #outbox: BareOutbox
  readonly #feeds: BareFeeds
  #socket: BareSocket | null = null
  /** A socket that is opening, for example beside one whose server drains. */
  #successor: BareSocket | null = null
  #socketUrl = ''
  #failures = 0
  #closed = false
  #timer: NodeJS.Timeout | null = null
  #onUp: () => void = () => undefined

  constructor(name: string, url: string, history: History) {
    this.name = name
    this.#url = url
    this.#history = history
    this.#session = `bare-${name}`
    const send = (frame: unknown): boolean => {
      this.#socket?.send(frame)
      return this.#socket !== null
    }
    const renumbered = (op: number): void => void history.add({ kind: 'renumbered', op })
    this.#outbox = new BareOutbox(send, renumbered)
    this.#feeds = new BareFeeds(name, history, send)
  }

  get connected(): boolean {
    return this.#socket !== null
  }

  get shown(): ReadonlyMap<string, number> {
    return this.#feeds.lists.last
  }

  async connect(): Promise<void> {
    const body = { username: this.name, password }
    this.#logged(await this.#rest('POST', '/auth/register', body))
    const up = new Promise<void>((resolve) => (this.#onUp = resolve))
    this.#timer = setInterval(() => this.#tick(), tickMs)
    this.#open()
    await up
  }

  async execute(op: number, operation: Operation): Promise<number | null> {
    const frame = requestOf(operation) as Parameters<BareOutbox['submit']>[1]
    const answer = await this.#outbox.submit(op, frame)
    return typeof answer.seq === 'number' && answer.type !== 'channel_joined' ? answer.seq : null
  }

  async readPage(channelId: string): Promise<{ head: number; messages: ReadMessage[] }> {
    const page = await this.#rest('GET', `/channels/${channelId}/messages?limit=100`)
    return { head: page['head'] as number, messages: page['messages'] as ReadMessage[] }
  }

  async listChannels(): Promise<readonly ListedChannel[]> {
    return (await this.#rest('GET', '/channels'))['channels'] as ListedChannel[]
  }

  close(): void {
    this.#closed = true
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#socket?.close()
    this.#successor?.close()
    this.#outbox.abandon()
  }

  #open(): void {
    const authenticate = {
      token: this.token,
      session: this.#session,
      deviceId: `device-of-${this.name}`,
    }
    const socket = new BareSocket(this.#socketUrl, authenticate, {
      ready: (channels) => this.#up(socket, channels),
      frame: (frame) => {
        if (socket === this.#socket) this.#receive(frame, socket)
      },
      ended: ({ code, fatal, wasReady }) => {
        if (socket === this.#successor) this.#successor = null
        if (socket === this.#socket) {
          this.#socket = null
          this.#history.add({ kind: 'down', user: this.name, why: `${code} ${fatal ?? ''}` })
        }
        // This socket may have been closed with 4010 because a newer one of this user is opening.
        const alone = this.#socket === null && this.#successor === null
        if (alone && !this.#closed) void this.#comeBack(code, wasReady)
      },
    })
    this.#successor = socket
  }

  #up(socket: BareSocket, channels: readonly Frame[]): void {
    const before = this.#socket
    this.#successor = null
    this.#socket = socket
    this.#failures = 0
    before?.close()
    this.#history.add({ kind: 'up', user: this.name })
    this.#feeds.listed(channels)
    this.#outbox.connected()
    this.#onUp()
  }

  /** After `GET /servers`, with a wait that doubles and full jitter. */
  async #comeBack(code: number, wasReady: boolean): Promise<void> {
    if (wasReady) this.#failures = 0
    if (code >= 4002 && code < 4100 && code !== 4010)
      this.#history.add({ kind: 'turned-away', user: this.name, code: String(code) })
    await delay(Math.random() * Math.min(maxBackoffMs, 1_000 * 2 ** this.#failures))
    this.#failures += 1
    if (code === 4001) await this.#logIn()
    await this.#askServer()
    if (!this.#closed && this.#socket === null && this.#successor === null) this.#open()
  }

  async #askServer(): Promise<void> {
    try {
      this.#socketUrl = (await this.#rest('GET', '/servers')).chat.url
    } catch (error) {
      // Without an answer, the last known server is tried again.
      if (!(error instanceof NotDone)) throw error
      if (error.code === 'unauthorized') await this.#logIn()
    }
  }

  async #logIn(): Promise<void> {
    try {
      this.#logged(await this.#rest('POST', '/auth', { username: this.name, password }))
    } catch (error) {
      if (!(error instanceof NotDone)) throw error
    }
  }

  #logged(body: RestBody): void {
    this.token = body.sessionToken
    this.#socketUrl = body.servers.chat.url
  }

  /** The server drains: opens a new socket, and closes this one when the new one is ready. */
  async #move(afterMs: number): Promise<void> {
    await delay(afterMs)
    await this.#askServer()
    if (!this.#closed && this.#successor === null) this.#open()
  }

  #receive(frame: Frame, socket: BareSocket): void {
    // The outbox ignores an error that answers a sync, because its own ids have another form.
    this.#outbox.answered(frame)
    const { channelId, head } = frame
    if (BareFeeds.isEvent(frame)) return this.#feeds.receive(frame, socket.number)
    switch (frame.type) {
      case 'error':
        this.#feeds.refused(frame)
        return
      case 'sync_result':
        return this.#feeds.synced(frame, socket.number)
      case 'channel_joined':
        return this.#feeds.opened(channelId, head)
      case 'channel_left':
        return this.#feeds.closed(channelId)
      case 'channel_head':
        return this.#feeds.head(channelId, head)
      case 'server_draining':
        void this.#move(frame['reconnectAfterMs'] as number)
        return
      default:
    }
  }

  #tick(): void {
    if (this.#socket === null) return
    this.#feeds.tick()
    if (this.#outbox.tick()) this.#socket?.drop()
  }

  async #rest(method: string, path: string, body?: unknown): Promise<RestBody> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      signal: AbortSignal.timeout(restWithinMs),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(path.startsWith('/auth') ? {} : { authorization: `Bearer ${this.token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch(() => null)
    if (response === null) throw new NotDone('network', false)
    const answer = (await response.json().catch(() => ({}))) as RestBody
    if (!response.ok) throw new NotDone(answer.error?.code ?? String(response.status), true)
    return answer
  }
}

import { WebSocket } from 'ws'

/** Any frame from the server, typed loosely: absent fields are undefined. */
export interface Frame extends Record<string, unknown> {
  type: string
  requestId?: string
  channelId: string
  seq: number
  head: number
  code?: string
  retryAfterMs?: number
  heartbeatIntervalMs?: number
}

export interface BareSocketHandler {
  /** The list of channels is complete. */
  ready(channels: readonly Frame[]): void
  frame(frame: Frame): void
  /** Called once. `fatal`: the code of the error that announced the close. */
  ended(how: { code: number; fatal: string | null; wasReady: boolean }): void
}

const readyWithinMs = 10_000
let sockets = 0

/** One socket as docs/protocol.md describes it: authenticate, list, heartbeats, frames. */
export class BareSocket {
  /** Unique among the sockets of a run. */
  readonly number: number
  readonly #ws: WebSocket
  readonly #handler: BareSocketHandler
  readonly #channels: Frame[] = []
  readonly #patient: boolean
  #ready = false
  #over = false
  #fatal: string | null = null
  #heardAt = performance.now()
  #beat: NodeJS.Timeout | null = null
  readonly #limit: NodeJS.Timeout

  /** @param patient never ends a silent socket; for a reader that has a limit of its own */
  constructor(
    url: string,
    authenticate: Record<string, unknown>,
    handler: BareSocketHandler,
    { patient = false }: { patient?: boolean } = {},
  ) {
    this.#patient = patient
    sockets += 1
    this.number = sockets
    this.#handler = handler
    this.#ws = new WebSocket(url)
    this.#limit = setTimeout(() => this.drop(), readyWithinMs)
    this.#ws.on('open', () => this.send({ type: 'authenticate', ...authenticate }))
    this.#ws.on('message', (data: Buffer) => this.#receive(JSON.parse(data.toString()) as Frame))
    this.#ws.on('close', (code) => this.#end(code))
    this.#ws.on('error', () => undefined)
  }

  get silentMs(): number {
    return performance.now() - this.#heardAt
  }

  send(frame: unknown): void {
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.send(JSON.stringify(frame))
  }

  /** Ends the connection without waiting for the peer. */
  drop(): void {
    this.#ws.terminate()
    this.#end(1006)
  }

  /** Closes the connection in order. The handler is not called any more. */
  close(): void {
    this.#over = true
    this.#stopTimers()
    this.#ws.close(1000)
  }

  #receive(frame: Frame): void {
    if (this.#over) return
    this.#heardAt = performance.now()
    if (frame.type === 'error' && (frame['fatal'] === true || !this.#ready))
      this.#fatal = frame.code ?? null
    if (this.#ready) return this.#handler.frame(frame)
    if (frame.type === 'authenticated') {
      const intervalMs = frame.heartbeatIntervalMs ?? 30_000
      this.#beat = setInterval(() => this.#heartbeat(intervalMs), intervalMs)
    }
    if (frame.type !== 'channels_list') return
    this.#channels.push(...(frame['channels'] as Frame[]))
    if (frame['more'] === true) return
    clearTimeout(this.#limit)
    this.#ready = true
    this.#handler.ready(this.#channels)
  }

  #heartbeat(intervalMs: number): void {
    if (!this.#patient && this.silentMs > 2 * intervalMs) this.drop()
    else this.send({ type: 'heartbeat' })
  }

  #end(code: number): void {
    if (this.#over) return
    this.#over = true
    this.#stopTimers()
    this.#handler.ended({ code, fatal: this.#fatal, wasReady: this.#ready })
  }

  #stopTimers(): void {
    clearTimeout(this.#limit)
    if (this.#beat !== null) clearInterval(this.#beat)
  }
}

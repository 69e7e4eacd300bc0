import { closeCodes } from '@rookery/protocol/constants'
import type { Channel, ClientFrame } from '@rookery/protocol'
import type { Checks } from './checks.ts'
import type { Authenticated, ErrorFrame } from './frames.ts'
import { readServerFrames } from './incoming.ts'
import type { IncomingFrame } from './incoming.ts'
import { cannotReach } from './reason.ts'
import type { WebSocketConstructor, WebSocketLike } from './web-socket.ts'

/** The code of a socket that ended without a close frame of the server. */
export const cutCode = 1006

/** The end of a socket. */
export interface ConnectionEnd {
  code: number
  reason: string
  /** Set if it never opened: the address, and why it failed. */
  unreachable?: string
  /**
   * The last `error` that announced the close, or came before it while the socket was not ready.
   */
  fatal: ErrorFrame | undefined
}

export interface ConnectionOptions {
  WebSocket: WebSocketConstructor
  url: string
  /** The first frame. */
  authenticate: Extract<ClientFrame, { type: 'authenticate' }>
  /** The time in which `channels_list` must be complete, or the socket is cut. */
  readyTimeoutMs: number
  checks?: Checks | undefined
  onReady(hello: Authenticated, channels: Channel[]): void
  /** Every frame after the first `channels_list`. */
  onFrame(frame: IncomingFrame): void
  /** Called exactly once, and not after `drop()`. */
  onEnd(end: ConnectionEnd): void
}

/**
 * One socket from its opening to its end. It authenticates, reads the list of channels, and cuts a
 * server that falls silent.
 */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #socket: WebSocketLike
  #hello: Authenticated | null = null
  #channels: Channel[] = []
  #opened = false
  #ready = false
  #error: unknown
  #fatal: ErrorFrame | undefined
  #heardAtMs = 0
  #readyTimer: ReturnType<typeof setTimeout> | undefined
  #heartbeat: ReturnType<typeof setInterval> | undefined

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#socket = new options.WebSocket(options.url)
    this.#readyTimer = setTimeout(() => {
      this.#cut('not ready in time')
    }, options.readyTimeoutMs)
    this.#socket.onopen = () => {
      this.#opened = true
      this.send(options.authenticate)
    }
    this.#socket.onmessage = (event: { data: unknown }) => this.#received(event.data)
    this.#socket.onclose = (event: { code: number; reason: string }) =>
      this.#ended(event.code, event.reason)
    // A close always follows. Without a listener `ws` would throw.
    this.#socket.onerror = (event: { error?: unknown }) => {
      this.#error = event.error
    }
  }

  get serverId(): string | null {
    return this.#hello?.serverId ?? null
  }

  send(frame: ClientFrame): void {
    try {
      this.#socket.send(JSON.stringify(frame))
    } catch {
      // The socket is closing. Its close event follows, and waiting requests are sent again.
    }
  }

  /** Closes without calling `onEnd`. */
  drop(): void {
    this.#detach()
    this.#socket.close(closeCodes.normal)
  }

  #received(data: unknown): void {
    this.#heardAtMs = performance.now()
    if (typeof data !== 'string') return
    for (const frame of readServerFrames(data, this.#options.checks)) {
      if (this.#detached) return
      if (frame.type === 'error' && (frame.fatal === true || !this.#ready)) this.#fatal = frame
      if (this.#ready) this.#options.onFrame(frame)
      else this.#beforeReady(frame)
    }
  }

  #beforeReady(frame: IncomingFrame): void {
    if (frame.type === 'authenticated') {
      this.#hello = frame
      this.#heartbeat ??= setInterval(() => this.#beat(), frame.heartbeatIntervalMs)
      return
    }
    if (frame.type !== 'channels_list' || this.#hello === null) return
    this.#channels.push(...frame.channels)
    if (frame.more) return
    clearTimeout(this.#readyTimer)
    this.#ready = true
    const channels = this.#channels
    this.#channels = []
    this.#options.onReady(this.#hello, channels)
  }

  #beat(): void {
    const intervalMs = this.#hello?.heartbeatIntervalMs ?? 0
    if (performance.now() - this.#heardAtMs > 2 * intervalMs) this.#cut('the server fell silent')
    else this.send({ type: 'heartbeat' })
  }

  /** Ends a socket whose peer may never answer a close. */
  #cut(reason: string): void {
    this.#detach()
    if (this.#socket.terminate !== undefined) this.#socket.terminate()
    else this.#socket.close()
    const unreachable = this.#unreachable({ name: 'TimeoutError' })
    this.#options.onEnd({ code: cutCode, reason, fatal: this.#fatal, ...unreachable })
  }

  #ended(code: number, reason: string): void {
    if (this.#detached) return
    this.#detach()
    this.#options.onEnd({ code, reason, fatal: this.#fatal, ...this.#unreachable(this.#error) })
  }

  #unreachable(error: unknown): { unreachable?: string } {
    if (this.#opened) return {}
    return { unreachable: cannotReach(new URL(this.#options.url).origin, error) }
  }

  get #detached(): boolean {
    return this.#socket.onmessage === null
  }

  #detach(): void {
    clearTimeout(this.#readyTimer)
    clearInterval(this.#heartbeat)
    this.#socket.onopen = null
    this.#socket.onmessage = null
    this.#socket.onclose = null
    this.#socket.onerror = () => {}
  }
}

import { closeCodes } from '@rookery/protocol/constants'
import type { Channel, ClientFrame } from '@rookery/protocol'
import { Backoff } from './backoff.ts'
import type { BackoffOptions } from './backoff.ts'
import type { Checks } from './checks.ts'
import { Connection, cutCode } from './connection.ts'
import type { ConnectionEnd } from './connection.ts'
import { RookeryError } from './errors.ts'
import type { Authenticated } from './frames.ts'
import type { IncomingFrame } from './incoming.ts'
import { endsLogin } from './tokens.ts'
import type { WebSocketConstructor } from './web-socket.ts'

export interface LinkOptions {
  WebSocket(): Promise<WebSocketConstructor>
  /** The URL to connect to and the first frame. Called before every attempt. */
  target(): Promise<{ url: string; authenticate: Extract<ClientFrame, { type: 'authenticate' }> }>
  /** Fetches a new token after the server has refused the last one with 4001. */
  mendToken(): Promise<unknown>
  readyTimeoutMs: number
  checks?: Checks | undefined
  backoff: BackoffOptions
  /** A socket is ready. The socket before it, if any, has been closed. */
  onUp(hello: Authenticated, channels: Channel[]): void
  onFrame(frame: IncomingFrame): void
  onDown(end: ConnectionEnd): void
  /** An attempt follows in `delayMs`. */
  onRetry(delayMs: number, why: string): void
  /** The client must not reconnect: the server forbids it, or the log-in has ended. */
  onStopped(error: RookeryError): void
}

/** Refusals of fresh tokens in a row that may be accidents. One more stops the client. */
const maxTokenRefusals = 3

/** An attempt's failure: a socket that ended before it was ready, or a REST call. */
class AttemptFailed extends Error {
  readonly end: ConnectionEnd

  constructor(end: ConnectionEnd) {
    super(`closed with ${end.code}`)
    this.end = end
  }
}

/**
 * Keeps one socket open. After a loss it reconnects with a growing, jittered wait, and asks for a
 * server each time. Before a draining server stops, it moves to another one.
 */
export class Link {
  readonly #options: LinkOptions
  readonly #backoff: Backoff
  #current: Connection | null = null
  #opening: Connection | null = null
  #running = false
  #closed = false
  #tokenRefusals = 0
  #wake: (() => void) | null = null

  constructor(options: LinkOptions) {
    this.#options = options
    this.#backoff = new Backoff(options.backoff)
  }

  get online(): boolean {
    return this.#current !== null
  }

  start(): void {
    this.#closed = false
    void this.#run(0)
  }

  /** Opens another socket after `afterMs`. The present one serves until that is ready. */
  move(afterMs: number): void {
    void this.#run(afterMs)
  }

  /** Ends the wait before the next attempt, if there is one. */
  hurry(): void {
    this.#wake?.()
  }

  send(frame: ClientFrame): void {
    this.#current?.send(frame)
  }

  close(): void {
    this.#closed = true
    this.#current?.drop()
    this.#current = null
    this.#opening?.drop()
    this.#opening = null
    this.#wake?.()
  }

  async #run(firstDelayMs: number): Promise<void> {
    if (this.#running || this.#closed) return
    this.#running = true
    let delayMs = firstDelayMs
    while (!this.#closed) {
      await this.#sleep(delayMs)
      if (this.#closed) break
      try {
        // Once the socket is ready, its loss or a move may already have started another run.
        if (await this.#attempt()) return
      } catch (error) {
        if (this.#closed) break
        const stop = await this.#judge(error)
        if (this.#closed) break
        if (stop !== null && this.#current === null) {
          this.#running = false
          this.#stop(stop)
          return
        }
        delayMs = Math.max(this.#backoff.next(), retryAfterMs(error))
        this.#options.onRetry(delayMs, describe(error))
      }
    }
    this.#running = false
  }

  /** True once a socket is ready; false if it was closed meanwhile. */
  async #attempt(): Promise<boolean> {
    const WebSocket = await this.#options.WebSocket()
    const target = await this.#options.target()
    if (this.#closed) return false
    return new Promise((resolve, reject) => {
      const connection: Connection = new Connection({
        WebSocket,
        ...target,
        readyTimeoutMs: this.#options.readyTimeoutMs,
        checks: this.#options.checks,
        onReady: (hello, channels) => {
          this.#opening = null
          this.#backoff.reset()
          this.#tokenRefusals = 0
          this.#current?.drop()
          this.#current = connection
          // Set first, because the socket's first event or its loss may start the next run.
          this.#running = false
          resolve(true)
          this.#options.onUp(hello, channels)
        },
        onFrame: (frame) => this.#options.onFrame(frame),
        onEnd: (end) => {
          if (this.#current === connection) this.#lost(end)
          else {
            this.#opening = null
            reject(new AttemptFailed(end))
          }
        },
      })
      this.#opening = connection
    })
  }

  #lost(end: ConnectionEnd): void {
    this.#current = null
    this.#options.onDown(end)
    if (!this.#running) return void this.#afterLoss(end)
    // If another socket is opening, it is the successor, and it caused this 4010.
    const stop = this.#opening === null ? stopFor(end) : null
    if (stop === null) return
    this.#stop(stop)
    this.#wake?.()
  }

  async #afterLoss(end: ConnectionEnd): Promise<void> {
    const stop = await this.#judge(new AttemptFailed(end))
    if (this.#closed || this.#current !== null) return
    if (stop !== null) return this.#stop(stop)
    const delayMs = Math.max(this.#backoff.next(), end.fatal?.retryAfterMs ?? 0)
    this.#options.onRetry(delayMs, describe(new AttemptFailed(end)))
    await this.#run(delayMs)
  }

  /**
   * The reason why the client must not reconnect, or null. Renews a token that was refused.
   */
  async #judge(error: unknown): Promise<RookeryError | null> {
    if (!(error instanceof AttemptFailed)) return endsLogin(error) ? error : null
    if (error.end.code === closeCodes.unauthenticated) {
      if (++this.#tokenRefusals > maxTokenRefusals) {
        return new RookeryError('unauthorized', 'the server refuses every token')
      }
      try {
        await this.#options.mendToken()
        return null
      } catch (cause) {
        return endsLogin(cause) ? cause : null
      }
    }
    return stopFor(error.end)
  }

  #stop(error: RookeryError): void {
    this.#closed = true
    this.#options.onStopped(error)
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

const stopCodes: ReadonlyMap<number, 'forbidden' | 'device_limit'> = new Map([
  [closeCodes.banned, 'forbidden'],
  [closeCodes.deviceLimit, 'device_limit'],
])

/** The error of a final close, or null. Codes 40xx are final, unless their cause can be mended. */
function stopFor({ code, fatal, reason }: ConnectionEnd): RookeryError | null {
  const mendable = code === closeCodes.protocolError || code === closeCodes.unauthenticated
  if (code < 4000 || code >= 4100 || mendable) return null
  const message = fatal?.message ?? (reason === '' ? `closed with ${code}` : reason)
  return new RookeryError(stopCodes.get(code) ?? 'stopped', message, { closeCode: code })
}

function retryAfterMs(error: unknown): number {
  if (error instanceof RookeryError) return error.retryAfterMs ?? 0
  return error instanceof AttemptFailed ? (error.end.fatal?.retryAfterMs ?? 0) : 0
}

const closeWords: ReadonlyMap<number, string> = new Map([
  [closeCodes.goingAway, 'the server went away'],
  [closeCodes.serviceRestart, 'the server restarts'],
  [closeCodes.tooSlow, 'this client read too slowly'],
  [closeCodes.rateLimited, 'too many requests'],
])

/** The reason of a failed attempt or connection, for people. */
function describe(error: unknown): string {
  if (error instanceof AttemptFailed) {
    const { code, reason, fatal, unreachable } = error.end
    if (unreachable !== undefined) return unreachable
    const given = fatal?.code ?? reason
    if (code === cutCode) return given === '' ? 'it was cut' : given
    return closeWords.get(code) ?? [`closed with ${code}`, given].filter(Boolean).join(': ')
  }
  return error instanceof Error ? error.message : 'failed'
}

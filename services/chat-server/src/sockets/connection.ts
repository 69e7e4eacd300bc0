import { randomUUID } from 'node:crypto'
import type { EventRow } from '@rookery/domain'
import { closeCodes, parseClientFrame } from '@rookery/protocol'
import type { ClientFrame, CloseCode, FrameRefusal, ServerFrame } from '@rookery/protocol'
import { type Logger, steadyNow } from '@rookery/service-kit'
import type { AccessClaims } from '@rookery/tokens'
import type { ChatConfig } from '../config.ts'
import type { ChatCounters } from '../counters.ts'
import { RequestError, retryAfterMs, toRequestError } from '../request-error.ts'
import type { LocalUser } from '../users/local-user.ts'
import type { FrameFault } from './chat-socket.ts'
import { type Echo, errorFrame } from './error-frame.ts'
import { Intake } from './intake.ts'
import { drainedBytes, LagMode } from './lag-mode.ts'
import { OutFrame } from './out-frame.ts'
import { SendFences } from './send-fences.ts'
import { type ByteSocket, type Flusher, SocketWriter } from './socket-writer.ts'
import { TokenBucket } from './token-bucket.ts'
import type { ShownChannel, UserConnection } from './user-connection.ts'

/** What a connection needs of the server. */
export interface ConnectionDeps {
  config: Pick<ChatConfig, 'requestsPerSecond' | 'requestBurst' | 'maxRefusals'>
  counters: Pick<ChatCounters, 'lagged' | 'refusals' | 'floods'>
  logger: Pick<Logger, 'error'>
  flusher: Flusher
  /**
   * Handles one frame. Resolves when the next one may be handled. If it rejects, the error is sent
   * to the client as a refusal.
   */
  handle(connection: Connection, frame: ClientFrame): Promise<void>
  /** Called when the client answers a probe. The server that asked reads the connection's route. */
  probeAnswered(connection: Connection): void
  /** Called once, when the connection has closed. */
  left(connection: Connection): void
}

/** The WebSocket of a connection. */
export interface FrameSocket {
  /** Called before the socket closes because of a frame that cannot be read. */
  onFault: (fault: FrameFault) => void
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): unknown
  on(event: 'ping' | 'pong' | 'error' | 'close', listener: () => void): unknown
  ping(): void
  pause(): void
  resume(): void
  close(code: number, reason: string): void
  terminate(): void
}

/** The identity that the URL's query or the first frame proved. */
export interface Identity {
  user: LocalUser
  claims: AccessClaims
  displayName: string
  session: string
  deviceId: string
  /** The session if the client named one: it tells the sockets of one device apart. */
  namedSession: string | null
}

/**
 * Pings, pongs and heartbeats are no requests. These limits are many times what any client sends.
 */
const controlFramesPerSecond = 20
const controlFrameBurst = 100

/** One WebSocket: frames in through its `Intake`, frames out through its `SocketWriter`. */
export class Connection implements UserConnection {
  readonly id: string = randomUUID()
  readonly openedAt: number = steadyNow()
  heardAt: number = steadyNow()
  /** Null until the client has proved its identity. */
  identity: Identity | null = null
  /** The client has shown a token, which is being checked. */
  isAuthenticating = false
  ready = false
  closed = false
  readonly joinedWhileListing: Set<string> = new Set()
  readonly watched: Set<string> = new Set()
  readonly fences: SendFences = new SendFences()
  /** The `leave_channel` requests that `channel_left` answers: channelId → requestId. */
  readonly leaves: Map<string, string | undefined> = new Map()
  /** The allowance for requests other than messages. */
  readonly requests: TokenBucket
  onAuthenticated: () => void = () => undefined
  onClosed: () => void = () => undefined
  readonly #deps: ConnectionDeps
  readonly #ws: FrameSocket
  readonly #intake: Intake
  readonly #writer: SocketWriter
  readonly #lag = new LagMode()
  readonly #controls = new TokenBucket(controlFramesPerSecond, controlFrameBurst)
  #stamped = 0
  #probed = false

  constructor(deps: ConnectionDeps, ws: FrameSocket, socket: ByteSocket) {
    this.#deps = deps
    this.#ws = ws
    this.#writer = new SocketWriter(socket, deps.flusher)
    this.#intake = new Intake({
      socket: ws,
      bufferedBytes: () => this.#writer.bufferedBytes,
      handle: (text) => this.#handle(text),
    })
    this.requests = new TokenBucket(deps.config.requestsPerSecond, deps.config.requestBurst)
    ws.on('message', (data, isBinary) => this.#receive(data, isBinary))
    ws.on('pong', () => this.#answered())
    ws.on('ping', () => this.heardControl())
    ws.onFault = ({ error, code }) => this.fail(error, code)
    // A fault of the wire itself: `close` follows.
    ws.on('error', () => undefined)
    ws.on('close', () => this.#leave())
  }

  get user(): LocalUser {
    return this.whoami.user
  }

  get whoami(): Identity {
    if (this.identity === null) throw new Error('the connection is not authenticated')
    return this.identity
  }

  /** Numbers a request that came without a number, in a session of the connection's own. */
  stamp(): { session: string; clientSeq: number } {
    this.#stamped += 1
    return { session: `_${this.id}`, clientSeq: this.#stamped }
  }

  // ── out ──

  send(frame: ServerFrame): void {
    this.answer(OutFrame.of(frame))
  }

  /** True in lag mode. */
  get isSlow(): boolean {
    return this.#lag.isOn
  }

  sendIfQuick(frame: ServerFrame): void {
    if (!this.#lag.isOn) this.send(frame)
  }

  /** Sends a frame that is never left out. */
  answer(frame: OutFrame): void {
    if (!this.closed) this.#writer.push(frame)
  }

  push(frame: OutFrame, channel: ShownChannel): void {
    if (frame.isEvent) this.showEvent(frame, channel)
    else this.answer(frame)
  }

  showEvent(frame: OutFrame, channel: ShownChannel): void {
    if (this.#lag.begin(this.#writer.bufferedBytes, steadyNow)) this.#deps.counters.lagged.inc()
    if (this.#lag.isOn) this.#lag.skip(channel)
    else this.answer(frame)
  }

  /** If this session made the event, later numbers need not wait for its number any more. */
  noteOwn({
    channelId,
    session,
    clientSeq,
  }: Pick<EventRow, 'channelId' | 'session' | 'clientSeq'>): void {
    if (session === this.whoami.session) this.fences.stored(channelId, clientSeq, steadyNow())
  }

  showLeft(channelId: string, by: string): void {
    const requestId = this.leaves.get(channelId)
    this.leaves.delete(channelId)
    this.send({
      type: 'channel_left',
      channelId,
      by,
      ...(requestId === undefined ? {} : { requestId }),
    })
  }

  /** The client can read several events in one frame. */
  useBatches(): void {
    this.#writer.batch = true
  }

  // ── refusals ──

  /** Refuses a request. */
  refuse(error: unknown, echo: Echo): void {
    const refusal = toRequestError(error)
    if (refusal.code === 'internal')
      this.#deps.logger.error(
        { err: refusal.cause, type: echo.type },
        'a request failed, its client is told `internal`',
      )
    this.#deps.counters.refusals.inc()
    this.send(errorFrame(refusal, echo, false))
  }

  /**
   * Takes a token for a request. Each refusal tells the client a time to come back. A client that
   * obeys has few such times ahead of it. A client with more than `maxRefusals` is cut.
   *
   * @throws RequestError `rate_limited`
   */
  limit(bucket: TokenBucket, nowMs: number): void {
    const waitMs = bucket.take(nowMs)
    if (waitMs === 0) return
    const more = { retryAfterMs: waitMs }
    const error = new RequestError('rate_limited', 'too many requests, wait', more)
    if (bucket.waiting(nowMs) <= this.#deps.config.maxRefusals) throw error
    this.#cutFlood(
      new RequestError('rate_limited', 'too many requests did not wait as they were told', more),
    )
    throw error
  }

  /** Says why, and closes. The reason of the close is the error's code. */
  fail(error: RequestError, code: CloseCode, requestId?: string): void {
    if (this.closed) return
    this.send(errorFrame(error, { requestId }, true))
    this.close(code, error.code)
  }

  /** For every frame that comes before a good `authenticate`. */
  failUnauthenticated(requestId?: string): void {
    const error = new RequestError('unauthorized', 'the first frame must be a valid authenticate')
    this.fail(error, closeCodes.unauthenticated, requestId)
  }

  #cutFlood(error: RequestError): void {
    this.#deps.counters.floods.inc()
    this.fail(error, closeCodes.rateLimited)
  }

  // ── in ──

  /** Handles a frame as if it had come over the wire, such as the URL query's `authenticate`. */
  handle(frame: ClientFrame): void {
    this.#intake.push(JSON.stringify(frame))
  }

  /** Counts a ping, a pong or a heartbeat. False: there were too many, and the socket is cut. */
  heardControl(): boolean {
    this.heardAt = steadyNow()
    if (this.closed) return false
    this.#intake.pauseIfUnread()
    if (this.#controls.take(this.heardAt) === 0) return true
    const message = 'too many pings or heartbeats'
    this.#cutFlood(new RequestError('rate_limited', message, { retryAfterMs }))
    return false
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.closed) return
    this.heardAt = steadyNow()
    if (isBinary) {
      const error = new RequestError('invalid_input', 'only text frames are understood')
      this.fail(error, closeCodes.unsupportedData)
      return
    }
    this.#intake.push(data.toString('utf8'))
  }

  async #handle(text: string): Promise<void> {
    const parsed = parseClientFrame(text)
    if (!parsed.ok) {
      this.#refuseUnread(parsed)
      return
    }
    try {
      await this.#deps.handle(this, parsed.frame)
    } catch (error) {
      if (!this.closed) this.refuse(error, parsed.frame)
    }
  }

  #refuseUnread(refusal: FrameRefusal): void {
    const error = new RequestError(refusal.code, refusal.message)
    if (this.identity === null) this.failUnauthenticated(refusal.requestId)
    else if (refusal.malformed === true) this.fail(error, closeCodes.protocolError)
    else {
      try {
        this.limit(this.requests, steadyNow())
        this.refuse(error, refusal)
      } catch (limited) {
        if (!this.closed) this.refuse(limited, refusal)
      }
    }
  }

  // ── signs of life ──

  ping(): void {
    if (!this.closed) this.#ws.ping()
  }

  /** Pings for another server, which needs to know whether this socket lives. */
  probe(): void {
    this.#probed = true
    this.ping()
  }

  #answered(): void {
    if (!this.heardControl() || !this.#probed) return
    this.#probed = false
    this.#deps.probeAnswered(this)
  }

  /** Every second: ends lag mode once drained. False: the socket is stuck and must be cut. */
  sweep(nowMs: number, stuckMs: number): boolean {
    const buffered = this.#writer.bufferedBytes
    if (buffered < drainedBytes) this.#intake.resumeIfRoom()
    for (const channel of this.#lag.sweep(buffered, nowMs)) {
      const { channelId, position } = channel
      if (this.user.channels.get(channelId) === channel)
        this.send({ type: 'channel_head', channelId, head: position })
    }
    return this.#lag.stuckForMs(nowMs) < stuckMs
  }

  // ── the end ──

  close(code: CloseCode, reason = ''): void {
    if (this.closed) return
    this.#writer.flush()
    this.#ws.close(code, reason)
    this.#leave()
  }

  terminate(): void {
    this.#ws.terminate()
    this.#leave()
  }

  #leave(): void {
    this.#intake.clear()
    if (this.closed) return
    this.closed = true
    this.ready = false
    this.onClosed()
    this.#deps.left(this)
  }
}

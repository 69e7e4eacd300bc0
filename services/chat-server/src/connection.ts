import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { EventRow } from '@rookery/domain'
import { closeCodes, parseClientFrame } from '@rookery/protocol'
import type { ClientFrame, CloseCode, ServerFrame } from '@rookery/protocol'
import { steadyNow } from '@rookery/service-kit'
import type { AccessClaims } from '@rookery/tokens'
import type { ChannelHub } from './channel-hub.ts'
import type { ChatSocket } from './chat-socket.ts'
import type { ChatContext } from './context.ts'
import { dispatch } from './handlers/index.ts'
import type { LocalUser } from './local-user.ts'
import { OutFrame } from './out-frame.ts'
import { RequestError, toRequestError } from './request-error.ts'
import { routeOf } from './routes.ts'
import { SendFences } from './send-fences.ts'
import { SocketWriter } from './socket-writer.ts'
import { TokenBucket } from './token-bucket.ts'

/** What the URL's query or the first frame said. */
export interface Identity {
  user: LocalUser
  claims: AccessClaims
  displayName: string
  session: string
  deviceId: string
  /** The session if the client named one: it tells sockets of one device apart. */
  namedSession: string | null
}

/** What an `error` frame repeats of the request that it answers. */
export interface Echo {
  type?: string | undefined
  requestId?: string | undefined
  channelId?: string | undefined
  clientSeq?: number | undefined
}

/** Frames read ahead of the one being handled; beyond it the socket is not read. */
const maxInbox = 64
/** … and their characters, about one frame's. */
const maxInboxLength = 64 * 1024
/** Pings, pongs and heartbeats, which are answered but are no requests: many times what any client sends. */
const controlFramesPerSecond = 20
const controlFrameBurst = 100
const lagBytes = 1024 * 1024
/** Answers come even in lag mode; beyond this the socket is not read until it drains. */
const pauseBytes = 2 * lagBytes
const drainedBytes = 64 * 1024

/** One socket: frames in strictly one after another, frames out through a bounded queue. */
export class Connection {
  readonly id: string = randomUUID()
  readonly openedAt: number = steadyNow()
  heardAt: number = steadyNow()
  /** Null until it proved who it is. */
  identity: Identity | null = null
  /** It has shown a token, which is being looked at. */
  isAuthenticating = false
  /** After `channels_list`: events are shown from then on. */
  ready = false
  closed = false
  /** Channels the user got into while the list was being put together. */
  readonly joinedWhileListing: Set<string> = new Set()
  readonly watched: Set<string> = new Set()
  readonly fences: SendFences = new SendFences()
  /** `leave_channel` requests that `channel_left` answers. */
  readonly leaves: Map<string, string | undefined> = new Map()
  onAuthenticated: () => void = () => undefined
  onClosed: () => void = () => undefined
  readonly #ctx: ChatContext
  readonly #ws: ChatSocket
  readonly #writer: SocketWriter
  readonly #requests: TokenBucket
  #stamped = 0
  readonly #controls = new TokenBucket(controlFramesPerSecond, controlFrameBurst)
  #inbox: string[] = []
  #inboxLength = 0
  #working = false
  #paused = false
  /** Channels whose events a slow socket did not get; null while it keeps up. */
  #skipped: Map<string, ChannelHub> | null = null
  #lagBytesSeen = 0
  #lagProgressAt = 0
  #probed = false

  constructor(ctx: ChatContext, ws: ChatSocket, socket: Socket) {
    this.#ctx = ctx
    this.#ws = ws
    this.#writer = new SocketWriter(socket, ctx.flusher)
    this.#requests = new TokenBucket(ctx.config.requestsPerSecond, ctx.config.requestBurst)
    ws.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary))
    ws.on('pong', () => this.#answered())
    ws.on('ping', () => this.heardControl())
    ws.onFault = ({ error, code }) => this.fail(error, code)
    // A fault of the wire itself: `close` follows.
    ws.on('error', () => undefined)
    ws.on('close', () => this.#ended())
  }

  get user(): LocalUser {
    return this.whoami.user
  }

  get whoami(): Identity {
    if (this.identity === null) throw new Error('the connection is not authenticated')
    return this.identity
  }

  /** The number of a request that came without one: unique for this connection's own session. */
  stamp(): { session: string; clientSeq: number } {
    this.#stamped += 1
    return { session: `_${this.id}`, clientSeq: this.#stamped }
  }

  /** Runs a frame as if it had come over the wire: for what the URL's query asks. */
  handle(frame: ClientFrame): void {
    const text = JSON.stringify(frame)
    this.#inbox.push(text)
    this.#inboxLength += text.length
    void this.#work()
  }

  // ── out ──

  send(frame: ServerFrame): void {
    this.#write(OutFrame.of(frame))
  }

  /** It has too much to take, and is shown no events until it has drained. */
  get isSlow(): boolean {
    return this.#skipped !== null
  }

  /** Left out while the socket is slow. */
  sendIfQuick(frame: ServerFrame): void {
    if (this.#skipped === null) this.send(frame)
  }

  /** Never left out. */
  answer(frame: OutFrame): void {
    this.#write(frame)
  }

  /** An answer or a notice: never left out. An event of `hub`: left out while the socket is slow. */
  push(frame: OutFrame, hub: ChannelHub): void {
    if (frame.isEvent) this.showEvent(frame, hub)
    else this.#write(frame)
  }

  showEvent(frame: OutFrame, hub: ChannelHub): void {
    if (this.#skipped === null && this.#writer.bufferedBytes > lagBytes) {
      this.#skipped = new Map()
      this.#lagProgressAt = steadyNow()
      this.#lagBytesSeen = this.#writer.bufferedBytes
      this.#ctx.counters.lagged.inc()
    }
    if (this.#skipped === null) this.#write(frame)
    else this.#skipped.set(hub.channelId, hub)
  }

  /** An event of its user's is shown to it. If it made that event, what it sends next need not wait for the number any more. */
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

  /** Refuses a request. */
  refuse(error: unknown, frame: Echo): void {
    const refusal = toRequestError(error)
    if (refusal.code === 'internal')
      this.#ctx.logger.error({ err: refusal.cause, type: frame.type }, 'a request failed')
    this.#ctx.counters.refusals.inc()
    this.#sendError(refusal, frame, false)
  }

  /**
   * Takes a token for a request. A client that obeys each refusal has few requests waiting; one that
   * has very many told times ahead of it is cut.
   *
   * @throws RequestError `rate_limited`
   */
  limit(bucket: TokenBucket, nowMs: number): void {
    const waitMs = bucket.take(nowMs)
    if (waitMs === 0) return
    const error = new RequestError('rate_limited', 'too many at once, wait', {
      retryAfterMs: waitMs,
    })
    if (bucket.waiting(nowMs) <= this.#ctx.config.maxRefusals) throw error
    this.#ctx.counters.floods.inc()
    const waiting = 'too many requests that were told to wait'
    this.fail(
      new RequestError('rate_limited', waiting, { retryAfterMs: waitMs }),
      closeCodes.rateLimited,
    )
    throw error
  }

  /** Says why, and closes. The reason of the close is the error's code. */
  fail(error: RequestError, code: CloseCode, requestId?: string): void {
    if (this.closed) return
    this.#sendError(error, requestId === undefined ? {} : { requestId }, true)
    this.close(code, error.code)
  }

  /** For anything that comes before a good `authenticate`. */
  failUnauthenticated(requestId?: string): void {
    const error = new RequestError('unauthorized', 'the first frame must be a valid authenticate')
    this.fail(error, closeCodes.unauthenticated, requestId)
  }

  close(code: CloseCode, reason = ''): void {
    if (this.closed) return
    this.#writer.flush()
    this.#inbox = []
    this.#inboxLength = 0
    this.#ws.close(code, reason)
    this.#leave()
  }

  /** Somebody needs to know whether this socket lives: its route says so as soon as it answers. */
  probe(): void {
    this.#probed = true
    this.ping()
  }

  ping(): void {
    if (!this.closed) this.#ws.ping()
  }

  /** Every second: leaves lag mode when drained; false: it is stuck and must be cut. */
  sweep(nowMs: number, stuckMs: number): boolean {
    const buffered = this.#writer.bufferedBytes
    if (this.#paused && buffered < drainedBytes && this.#inboxIsHalfEmpty()) this.#resume()
    if (this.#skipped === null) return true
    if (buffered < drainedBytes) {
      const skipped = this.#skipped
      this.#skipped = null
      for (const hub of skipped.values())
        if (hub.members.get(this.user.username)?.user === this.user)
          this.send({ type: 'channel_head', channelId: hub.channelId, head: hub.position })
      return true
    }
    if (buffered < this.#lagBytesSeen) this.#lagProgressAt = nowMs
    this.#lagBytesSeen = buffered
    return nowMs - this.#lagProgressAt < stuckMs
  }

  terminate(): void {
    this.#ws.terminate()
    this.#leave()
  }

  useBatches(): void {
    this.#writer.batch = true
  }

  #write(frame: OutFrame): void {
    if (!this.closed) this.#writer.push(frame)
  }

  #sendError(error: RequestError, frame: Echo, fatal: boolean): void {
    const { retryAfterMs } = error
    const channelId = error.channelId ?? frame.channelId
    this.send({
      type: 'error',
      code: error.code,
      message: error.message,
      ...(frame.requestId === undefined ? {} : { requestId: frame.requestId }),
      ...(channelId === undefined ? {} : { channelId }),
      ...(frame.clientSeq === undefined ? {} : { clientSeq: frame.clientSeq }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(fatal ? { fatal } : {}),
    })
  }

  // ── in ──

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.closed) return
    this.heardAt = steadyNow()
    if (isBinary) {
      const error = new RequestError('invalid_input', 'only text frames are understood')
      this.fail(error, closeCodes.unsupportedData)
      return
    }
    const text = data.toString('utf8')
    this.#inbox.push(text)
    this.#inboxLength += text.length
    if (this.#inboxIsFull() || this.#writer.bufferedBytes > pauseBytes) this.#pause()
    if (!this.#working) void this.#work()
  }

  #inboxIsFull(): boolean {
    return this.#inbox.length >= maxInbox || this.#inboxLength >= maxInboxLength
  }

  #inboxIsHalfEmpty(): boolean {
    return this.#inbox.length < maxInbox / 2 && this.#inboxLength < maxInboxLength / 2
  }

  /** A ping, a pong or a heartbeat. False: too many of them, the socket is cut. */
  heardControl(): boolean {
    this.heardAt = steadyNow()
    if (this.closed) return false
    if (this.#writer.bufferedBytes > pauseBytes) this.#pause()
    if (this.#controls.take(this.heardAt) === 0) return true
    this.#ctx.counters.floods.inc()
    const retryAfterMs = 1000
    const error = new RequestError('rate_limited', 'too many pings or heartbeats', { retryAfterMs })
    this.fail(error, closeCodes.rateLimited)
    return false
  }

  #answered(): void {
    if (!this.heardControl() || !this.#probed) return
    this.#probed = false
    const route = routeOf(this.#ctx, this)
    if (route !== null) this.#ctx.routing.renewRoutes([route]).catch(() => undefined)
  }

  async #work(): Promise<void> {
    if (this.#working) return
    this.#working = true
    for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
      this.#inboxLength -= next.length
      await this.#handle(next)
      if (this.#paused && this.#inboxIsHalfEmpty()) this.#resume()
    }
    this.#working = false
  }

  async #handle(text: string): Promise<void> {
    const parsed = parseClientFrame(text)
    if (!parsed.ok) {
      this.#refuseUnread(parsed, new RequestError(parsed.code, parsed.message))
      return
    }
    const { frame } = parsed
    try {
      await dispatch(this.#ctx, this, frame, this.#requests)
    } catch (error) {
      if (!this.closed) this.refuse(error, frame)
    }
  }

  #refuseUnread(
    refusal: Extract<ReturnType<typeof parseClientFrame>, { ok: false }>,
    error: RequestError,
  ): void {
    if (this.identity === null) this.failUnauthenticated(refusal.requestId)
    else if (refusal.malformed === true) this.fail(error, closeCodes.protocolError)
    else {
      try {
        this.limit(this.#requests, steadyNow())
        this.refuse(error, refusal)
      } catch (limited) {
        if (!this.closed) this.refuse(limited, refusal)
      }
    }
  }

  #pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.#ws.pause()
  }

  #resume(): void {
    if (!this.#paused || this.#writer.bufferedBytes > pauseBytes) return
    this.#paused = false
    this.#ws.resume()
  }

  // ── the end ──

  #ended(): void {
    this.#inbox = []
    this.#inboxLength = 0
    this.#leave()
  }

  #leave(): void {
    if (this.closed) return
    this.closed = true
    this.ready = false
    this.onClosed()
    this.#ctx.presence.forget(this)
    const { identity } = this
    if (identity === null) return
    this.#ctx.users.remove(this, identity.user)
    this.#ctx.presence.userChanged(identity.user)
    this.#ctx.routing.releaseRoute(identity.user.username, this.id).catch((error: unknown) => {
      this.#ctx.logger.warn({ err: error }, 'a route is not released, it expires')
    })
  }
}

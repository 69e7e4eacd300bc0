import type {
  AuthAnswer,
  Channel,
  Limits,
  Profile,
  RestAnswer,
  RestRouteName,
} from '@rookery/protocol'
import type { BackoffOptions } from './backoff.ts'
import { ChannelBook } from './channel-book.ts'
import type { ChannelView } from './channel-view.ts'
import type { ClientEvents } from './client-events.ts'
import type { ConnectionEnd } from './connection.ts'
import { RookeryError } from './errors.ts'
import type { AnswerTo, Authenticated, Request, RequestType } from './frames.ts'
import type { FeedEvent, IncomingFrame } from './incoming.ts'
import { Link } from './link.ts'
import { randomId } from './options.ts'
import type { ClientState, RookeryClientOptions } from './options.ts'
import { Outbox } from './outbox.ts'
import type { Kept } from './outbox-entry.ts'
import { RestClient } from './rest.ts'
import type { RestCall } from './rest.ts'
import { TokenKeeper } from './tokens.ts'
import { TypedEmitter } from './typed-emitter.ts'
import { platformWebSocket } from './web-socket.ts'

/** The longest wait between two sends of a request on a live socket. */
const maxRetryMs = 3_000

/**
 * One user's connection, with what it needs to survive a loss: tokens, outbox and channels.
 * `RookeryClient` adds the calls.
 */
export class LiveClient extends TypedEmitter<ClientEvents> {
  readonly session: string
  protected readonly restClient: RestClient
  protected readonly tokens: TokenKeeper
  /** Users whose presence is watched. They are asked for again on each new socket. */
  protected readonly watched: Set<string> = new Set()
  readonly #options: RookeryClientOptions
  readonly #outbox: Outbox
  readonly #book: ChannelBook
  readonly #link: Link
  #limits: Limits | null = null
  #serverUrl: string | null = null
  #serverUrlIsNew = false
  #wasReady = false
  #renewals = 0
  #ended: RookeryError | null = null
  #failConnect: (error: RookeryError) => void = () => {}

  constructor(options: RookeryClientOptions) {
    super()
    this.#options = options
    this.session = options.session ?? randomId()
    const backoff: BackoffOptions = options.backoff ?? {}
    const answerTimeoutMs = options.answerTimeoutMs ?? 10_000
    this.restClient = new RestClient({
      url: options.url,
      fetch: options.fetch,
      checks: options.checks,
    })
    this.tokens = new TokenKeeper({
      rest: this.restClient,
      backoff,
      renew: options.renew,
      onTokens: (answer) => this.emit('tokens', answer),
      onRenewed: (token) => this.#authenticateAgain(token),
      onEnded: (error) => this.#end(error),
    })
    this.#link = new Link({
      WebSocket: async () => options.WebSocket ?? platformWebSocket(),
      target: () => this.#target(),
      mendToken: () => this.tokens.refresh(),
      readyTimeoutMs: options.readyTimeoutMs ?? 10_000,
      checks: options.checks,
      backoff,
      onUp: (hello, channels) => this.#up(hello, channels),
      onFrame: (frame) => this.#received(frame),
      onDown: (end) => this.#down(end),
      onRetry: (delayMs, why) => this.emit('reconnecting', { delayMs, why }),
      onStopped: (error) => this.#end(error),
    })
    this.#outbox = new Outbox({
      session: this.session,
      nextClientSeq: options.nextClientSeq ?? 1,
      maxEntries: options.maxOutbox ?? 1000,
      answerTimeoutMs,
      journal: options.journal,
      // Waiting requests are sent within 10 s of an engine's return, however long it was away.
      backoff: { maxMs: maxRetryMs, ...backoff },
      send: (frame) => this.#link.send(frame),
    })
    this.#book = new ChannelBook({
      answerTimeoutMs,
      backoff: { maxMs: maxRetryMs, ...backoff },
      send: (frame) => this.#link.send(frame),
      onEvent: (event) => this.#deliver(event),
      onReset: (channelId, head) => this.#reset(channelId, head),
      onRemoved: (channelId, by) =>
        this.emit('channel_removed', { channelId, ...(by !== undefined && { by }) }),
      onSynced: (events) => this.emit('synced', { events }),
      onEpochChanged: () => this.#link.move(0),
    })
  }

  /** The user who is logged in. */
  get user(): Profile | null {
    return this.tokens.user
  }

  get online(): boolean {
    return this.#link.online
  }

  /** The limits that the server announced; null before the first connection. */
  get limits(): Limits | null {
    return this.#limits
  }

  /** The number of requests without an answer. */
  get pending(): number {
    return this.#outbox.size
  }

  /** The channels of this user by channelId, as they are now. */
  get channels(): ReadonlyMap<string, ChannelView> {
    return this.#book.views
  }

  /** The state with which another process can continue this session. */
  state(): ClientState {
    const { session } = this
    const { nextClientSeq } = this.#outbox
    return { session, nextClientSeq, refreshToken: this.tokens.refreshToken }
  }

  /** Continues with stored tokens. */
  useTokens(answer: AuthAnswer): void {
    this.#serverUrl = answer.servers.chat.url
    this.#serverUrlIsNew = true
    this.tokens.set(answer)
  }

  /**
   * Opens the connection and keeps it. Resolves when it is ready for the first time, however long
   * that takes. @throws RookeryError if the server or the log-in tells the client not to come back
   */
  connect(): Promise<void> {
    if (this.online) return Promise.resolve()
    this.#ended = null
    return new Promise((resolve, reject) => {
      const off = this.once('ready', () => resolve())
      this.#failConnect = (error) => {
        off()
        reject(error)
      }
      this.#link.start()
    })
  }

  /** If it waits before another attempt to connect, it tries now. */
  retryNow(): void {
    this.#link.hurry()
  }

  /** Ends everything. Waiting requests are rejected with `closed`. It is final. */
  close(): void {
    this.#shutDown(new RookeryError('closed', 'the client was closed'))
  }

  /** Makes a REST call with the access token, and again with a new token if that was refused. */
  async rest<Name extends RestRouteName>(
    name: Name,
    call: Omit<RestCall<Name>, 'token'> = {},
  ): Promise<RestAnswer<Name>> {
    const token = await this.tokens.access()
    try {
      return await this.restClient.call(name, { ...call, token } as RestCall<Name>)
    } catch (error) {
      if (!(error instanceof RookeryError) || error.code !== 'unauthorized') throw error
      const renewed = await this.tokens.refresh()
      return this.restClient.call(name, { ...call, token: renewed } as RestCall<Name>)
    }
  }

  /** Sends a request and waits for its answer, over as many connections as necessary. */
  protected async request<Type extends RequestType>(
    frame: Request<Type> & { type: Type },
    kept?: Kept,
  ): Promise<AnswerTo<Type>> {
    if (this.#ended !== null) throw this.#ended
    return (await this.#outbox.submit(frame as Request, kept)) as AnswerTo<Type>
  }

  protected sendTyping(channelId: string): void {
    this.#link.send({ type: 'typing', channelId })
  }

  async #target(): Promise<{
    url: string
    authenticate: { type: 'authenticate'; token: string; session: string; capabilities: string[] }
  }> {
    const token = await this.tokens.access()
    // The log-in has just named the server. A reconnect asks again.
    if (!this.#serverUrlIsNew) await this.#askServer()
    this.#serverUrlIsNew = false
    const { deviceId } = this.#options
    return {
      url: this.#socketUrl(),
      authenticate: {
        type: 'authenticate',
        token,
        session: this.session,
        capabilities: ['batch'],
        ...(deviceId !== undefined && { deviceId }),
      },
    }
  }

  /**
   * If the address of the api begins with `https://`, a `ws://` address becomes `wss://`. The
   * server may not know that a proxy in front of it ends TLS.
   */
  #socketUrl(): string {
    const url = this.#serverUrl ?? ''
    return /^https:/i.test(this.#options.url) ? url.replace(/^ws:/i, 'wss:') : url
  }

  async #askServer(): Promise<void> {
    try {
      this.#serverUrl = (await this.rest('servers')).chat.url
    } catch (error) {
      // Without the api, the last known server may still run.
      const apiIsGone = error instanceof RookeryError && error.code === 'network'
      if (!apiIsGone || this.#serverUrl === null) throw error
    }
  }

  #up(hello: Authenticated, channels: Channel[]): void {
    this.#limits = hello.limits
    this.#book.sync.disconnected()
    const behind = this.#book.listed(hello.user.username, hello.epoch, channels)
    this.#book.sync.connected()
    const resent = this.#outbox.connected(hello.limits)
    if (this.watched.size > 0) {
      // The answer comes as presence_update, like any change.
      this.request({ type: 'subscribe', userIds: [...this.watched] }).catch(() => {})
    }
    const resumed = this.#wasReady
    this.#wasReady = true
    this.emit('ready', {
      serverId: hello.serverId,
      epoch: hello.epoch,
      resumed,
      resent,
      behind,
    })
  }

  #down(end: ConnectionEnd): void {
    this.#book.sync.disconnected()
    this.#outbox.disconnected(end)
  }

  #received(frame: IncomingFrame): void {
    const answered = this.#outbox.answered(frame)
    switch (frame.type) {
      case 'error':
        if (answered || this.#book.sync.refused(frame)) return
        if (frame.requestId?.startsWith('auth') === true) this.tokens.renewAgain()
        return this.emit('server_error', frame)
      case 'sync_result':
        for (const channel of frame.channels.values()) {
          if ('events' in channel) for (const event of channel.events) this.#outbox.answered(event)
        }
        return this.#book.synced(frame)
      case 'channel_joined':
        this.#book.joined(frame)
        return this.emit(frame.type, frame)
      case 'channel_left':
        this.#book.remove(frame.channelId, frame.by)
        return this.emit(frame.type, frame)
      case 'channel_read':
        if (frame.userId === this.user?.username) {
          this.#book.views.get(frame.channelId)?.markRead(frame.lastReadSeq)
        }
        return this.emit(frame.type, frame)
      case 'channel_head':
        this.emit(frame.type, frame)
        return this.#book.headAt(frame.channelId, frame.head)
      case 'presence_update':
      case 'typing':
        return this.emit(frame.type, frame as never)
      case 'server_draining':
        this.emit('draining', { reconnectAfterMs: frame.reconnectAfterMs })
        return this.#link.move(frame.reconnectAfterMs)
      case 'authenticated':
      case 'channels_list':
      case 'message_ack':
      case 'ok':
      case 'heartbeat_ack':
        return
      case 'channel_created':
      case 'chat_message':
      case 'participant_joined':
      case 'participant_left':
      case 'role_changed':
      case 'channel_updated':
      case 'message_edited':
      case 'message_deleted':
      case 'reaction_added':
      case 'reaction_removed':
      case 'unknown_event':
        return this.#book.take(frame)
    }
  }

  #deliver(event: FeedEvent): void {
    this.emit('event', event)
    this.emit(event.type, event as never)
  }

  #reset(channelId: string, head: number): void {
    this.emit('reset', { channelId, head })
    if (!this.online) return
    // If the row cannot be read now, it comes with the next list.
    this.rest('getChannel', { params: { channelId } }).then(
      ({ channel }) => this.#book.reloaded(channel),
      () => {},
    )
  }

  #authenticateAgain(token: string): void {
    this.#link.send({ type: 'authenticate', token, requestId: `auth${++this.#renewals}` })
  }

  #end(error: RookeryError): void {
    if (this.#ended !== null) return
    this.#shutDown(error)
    this.emit('stopped', error)
  }

  #shutDown(error: RookeryError): void {
    this.#ended = error
    this.#link.close()
    this.#book.sync.disconnected()
    this.tokens.stop()
    this.#outbox.abandon(error)
    this.#failConnect(error)
  }
}

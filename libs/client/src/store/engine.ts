import type { Channel, Presence, Profile } from '@rookery/protocol'
import { closeCodes } from '@rookery/protocol/constants'
import type { RookeryError } from '../errors.ts'
import { randomId } from '../options.ts'
import type { RookeryClientOptions } from '../options.ts'
import { Archive } from './archive.ts'
import type { Database } from './database.ts'
import { toSent } from './feed.ts'
import type { Call, Connection, FeedMessage } from './feed.ts'
import { Sender } from './sender.ts'
import { StoreClient } from './store-client.ts'
import type { Engine } from './tabs.ts'
import type { ConnectionState, NotDurableReason, StoreOptions } from './types.ts'

/** Requests that wait in the client: those of the outbox, and those of all tabs. */
const maxWaiting = 10_000

export interface EngineOptions {
  store: StoreOptions
  /** For what is read offline. Null: nothing is kept. */
  database: Database | null
  /** For the outbox. Null: it is not durable, for this reason. */
  outbox: Database | null
  reason: NotDurableReason | null
  tell: (message: FeedMessage) => void
}

/** The client of all tabs, in the tab that leads: the socket, the outbox, and what is archived. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { database, outbox, store, reason, tell } = options
  const kept = (await outbox?.read()) ?? null
  const rows = (await outbox?.outboxAfter(0)) ?? []
  const deviceId = await database?.deviceId(randomId()).catch(() => undefined)
  const sender = new Sender({ database: outbox, reason, tell }, kept?.session ?? null, rows)
  return new RunningEngine(store, sender, new Archive(database), tell, deviceId)
}

class RunningEngine implements Engine {
  readonly #client: StoreClient
  readonly #sender: Sender
  readonly #archive: Archive
  readonly #tell: (message: FeedMessage) => void
  readonly #presence = new Map<string, Presence>()
  #connection: Connection = {
    state: 'connecting',
    nextTryAt: null,
    why: null,
    error: null,
    complete: false,
  }
  #me: Profile | null = null
  #epoch: string | null = null

  constructor(
    store: StoreOptions,
    sender: Sender,
    archive: Archive,
    tell: (message: FeedMessage) => void,
    deviceId: string | undefined,
  ) {
    this.#sender = sender
    this.#archive = archive
    this.#tell = tell
    this.#client = new StoreClient(clientOptions(store, sender, deviceId))
    this.#listen()
    if (store.auth !== undefined) this.#client.useTokens(store.auth)
    this.#start()
  }

  state(): FeedMessage[] {
    const messages: FeedMessage[] = [{ type: 'connection', connection: this.#connection }]
    if (this.#me !== null && this.#epoch !== null) messages.push(this.#ready(this.#me, this.#epoch))
    messages.push({ type: 'presence', presence: [...this.#presence.values()] }, this.#sender.state)
    return messages
  }

  async call(call: Call): Promise<unknown> {
    const client = this.#client
    switch (call.type) {
      case 'request':
        return client.ask(call.request)
      case 'rest': {
        const answer = await client.rest(call.name, call.call)
        if (call.name === 'updateMe' && this.#me !== null) {
          const { displayName } = answer as { displayName: string }
          this.#me = { ...this.#me, displayName }
          this.#tell({ type: 'me', me: this.#me })
        }
        return answer
      }
      case 'written':
        return this.#sender.written()
      case 'hand_over':
        return this.#sender.handOver(call.row)
      case 'retry_send':
        return this.#sender.retry(call.localId)
      case 'discard_send':
        return this.#sender.discard(call.localId)
      case 'typing':
        return client.type(call.channelId)
      case 'watch':
        return this.#watch(call.usernames)
      case 'retry_now':
        return this.#retryNow()
    }
  }

  async close(): Promise<void> {
    this.#sender.stop()
    this.#client.close()
    await this.#archive.close()
  }

  #start(): void {
    const connected = this.#client.connect()
    // How it ended is in the connection's state.
    connected.catch(() => {})
    this.#sender.start(this.#client)
  }

  #retryNow(): void {
    const { state } = this.#connection
    if (state === 'connected') return
    const hasStopped = state === 'replaced' || state === 'refused' || state === 'logged_out'
    this.#connect({ state: 'connecting' })
    if (hasStopped) this.#start()
    else this.#client.retryNow()
  }

  #listen(): void {
    const client = this.#client
    client.on('ready', ({ epoch, behind }) => {
      this.#epoch = epoch
      this.#me = { ...(client.user ?? { username: '', displayName: '' }) }
      this.#connect({ state: 'connected', complete: behind === 0 })
      const ready = this.#ready(this.#me, epoch)
      this.#tell(ready)
      this.#archive.ready(epoch, this.#me, ready.channels, client)
      this.#watchPeers(ready.channels)
    })
    client.on('synced', () => this.#connect({ state: 'connected', complete: true }))
    client.on('reconnecting', ({ delayMs, why }) => {
      this.#connect({ state: 'offline', nextTryAt: Date.now() + delayMs, why })
    })
    client.on('stopped', (error) => {
      this.#sender.stop()
      const state = stoppedState(error)
      this.#connect({ state, why: error.message, error: toSent(error) })
    })
    client.on('event', (event) => {
      const localId = this.#sender.shown(event)
      this.#archive.event(event, localId)
      this.#tell({ type: 'event', event, localId })
    })
    client.on('channel_joined', ({ channelId, channel, participants, head }) => {
      const row = client.channels.get(channelId)?.channel ?? channel
      this.#archive.head(channelId, head)
      this.#tell({ type: 'channel', channel: { ...row, participants } })
      this.#watchPeers([{ ...row, participants }])
    })
    client.on('channel_created', ({ channel }) => this.#watchPeers([channel]))
    client.on('channel_head', ({ channelId, head }) => {
      this.#archive.head(channelId, head)
      this.#tell({ type: 'head', channelId, head })
    })
    client.on('channel_removed', ({ channelId }) => {
      this.#archive.removed(channelId)
      this.#sender.dropped(channelId)
      this.#tell({ type: 'removed', channelId })
    })
    client.on('reset', ({ channelId, head }) => {
      this.#archive.reset(channelId, head)
      this.#sender.dropped(channelId)
      this.#tell({ type: 'reset', channelId, head })
    })
    client.on('channel_read', ({ channelId, userId, lastReadSeq }) => {
      this.#archive.changed(channelId)
      this.#tell({ type: 'read', channelId, userId, lastReadSeq })
    })
    client.on('presence_update', ({ presence }) => {
      for (const one of presence) this.#presence.set(one.userId, one)
      this.#tell({ type: 'presence', presence })
    })
    client.on('typing', ({ channelId, userId }) => {
      this.#tell({ type: 'typing', channelId, userId })
    })
  }

  #ready(me: Profile, epoch: string): Extract<FeedMessage, { type: 'ready' }> {
    const channels = [...this.#client.channels.values()].map(({ channel }) => channel)
    return { type: 'ready', epoch, me, channels }
  }

  #connect(change: Partial<Connection> & { state: ConnectionState }): void {
    const gone = { nextTryAt: null, why: null, error: null, complete: false }
    this.#connection = { ...gone, ...change }
    this.#tell({ type: 'connection', connection: this.#connection })
  }

  #watchPeers(channels: readonly Channel[]): void {
    const self = this.#me?.username ?? ''
    const peers = channels.flatMap(({ kind, participants = [] }) =>
      kind === 'direct' ? participants.map(({ username }) => username) : [],
    )
    void this.#watch([self, ...peers]).catch(() => {})
  }

  /** Users are watched until another tab leads; there are at most as many as the server allows. */
  async #watch(usernames: readonly string[]): Promise<void> {
    const most = this.#client.limits?.watchedUsers ?? 0
    const fresh = [...new Set(usernames)].filter(
      (username) => username !== '' && !this.#presence.has(username),
    )
    const watched = fresh.slice(0, Math.max(0, most - this.#presence.size))
    if (watched.length === 0) return
    for (const userId of watched) {
      this.#presence.set(userId, { userId, status: 'offline', lastSeen: null })
    }
    await this.#client.watch(watched)
  }
}

function clientOptions(
  store: StoreOptions,
  journal: Sender,
  deviceId: string | undefined,
): RookeryClientOptions {
  const { url, backoff, answerTimeoutMs, readyTimeoutMs, WebSocket, fetch, renew } = store
  return {
    url,
    renew,
    journal,
    session: journal.session,
    nextClientSeq: journal.nextClientSeq,
    maxOutbox: maxWaiting,
    ...(deviceId !== undefined && { deviceId }),
    ...(backoff !== undefined && { backoff }),
    ...(answerTimeoutMs !== undefined && { answerTimeoutMs }),
    ...(readyTimeoutMs !== undefined && { readyTimeoutMs }),
    ...(WebSocket !== undefined && { WebSocket }),
    ...(fetch !== undefined && { fetch }),
  }
}

function stoppedState(error: RookeryError): ConnectionState {
  if (error.closeCode === closeCodes.replaced) return 'replaced'
  if (error.closeCode !== undefined) return 'refused'
  return 'logged_out'
}

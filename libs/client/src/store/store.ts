import { deleteDB } from 'idb'
import type { Presence } from '@rookery/protocol'
import { ChannelList } from './channel-list.ts'
import { Database, reasonOf } from './database.ts'
import { Drafts } from './drafts.ts'
import { startEngine } from './engine.ts'
import { request, rest, toSent } from './feed.ts'
import type { Connection, FeedMessage } from './feed.ts'
import { MemberList } from './member-list.ts'
import { operations } from './operations.ts'
import { OwnOutbox } from './own-outbox.ts'
import { pageSeqs } from './pages.ts'
import type { PageSource } from './pages.ts'
import { Piece } from './piece.ts'
import { Tabs } from './tabs.ts'
import { ChannelTimeline } from './timeline.ts'
import type { TimelineHost } from './timeline.ts'
import type {
  ConnectionSnapshot,
  MeSnapshot,
  NotDurableReason,
  Store,
  StoreOptions,
} from './types.ts'

/** Lists of members that are kept. */
const maxMemberLists = 20

/** Opens the store of one user in this tab. It connects by itself. */
export function openStore(options: StoreOptions): Store {
  const store = new TabStore(options)
  const outbox = (frame: Parameters<OwnOutbox['write']>[0]) => store.own.write(frame)
  return Object.assign(store, operations(store.tabs, outbox))
}

type WithoutOperations = Omit<Store, keyof ReturnType<typeof operations>>

/** The pieces of one tab, fed by the tab that leads. */
class TabStore implements WithoutOperations {
  readonly own: OwnOutbox
  readonly tabs: Tabs
  readonly connection: Piece<ConnectionSnapshot>
  readonly channels: ChannelList['piece']
  readonly outbox: OwnOutbox['piece']
  readonly me: Piece<MeSnapshot>
  readonly presence: Piece<ReadonlyMap<string, Presence>>
  readonly drafts: Piece<ReadonlyMap<string, string>>
  readonly #options: StoreOptions
  readonly #name: string
  readonly #database: Promise<Database | null>
  readonly #list: ChannelList
  readonly #drafts: Drafts
  readonly #timelines = new Map<string, ChannelTimeline>()
  readonly #members = new Map<string, MemberList>()
  readonly #presences = new Map<string, Presence>()
  readonly #watched = new Map<string, number>()
  readonly #host: TimelineHost
  readonly #leaving = new AbortController()
  #connection: Connection = {
    state: 'connecting',
    nextTryAt: null,
    why: null,
    error: null,
    complete: false,
  }
  #leads = false
  #reason: NotDurableReason | null = null
  #displayName: string
  #epoch: string | null = null

  constructor(options: StoreOptions) {
    this.#options = options
    this.#displayName = options.auth?.user.displayName ?? options.username
    this.#name = `rookery ${options.url} ${options.username}`
    this.connection = new Piece(() => ({ ...this.#connection, leads: this.#leads }))
    this.presence = new Piece(() => new Map(this.#presences))
    this.me = new Piece(() => this.#meSnapshot())
    this.#list = new ChannelList(options.username, {
      unsent: (channelId) =>
        this.own.of(channelId).filter(({ type }) => type === 'chat_message').length,
      draft: (channelId) => this.#drafts.get(channelId),
      presence: (username) => this.#presences.get(username) ?? null,
    })
    this.channels = this.#list.piece
    this.#database = this.#openDatabase()
    const locks = options.locks === undefined ? platformLocks() : options.locks
    // Without locks, two tabs could send the same entry. Without storage, a tab cannot take over.
    const shared = this.#database.then((database) => (database === null ? null : locks))
    const outboxDatabase = shared.then((usable) => (usable === null ? null : this.#database))
    this.tabs = new Tabs({
      name: this.#name,
      locks: shared,
      lead: async (tell) => {
        const [database, outbox] = await Promise.all([this.#database, outboxDatabase])
        const reason = outbox === null ? (this.#reason ?? 'no_locks') : null
        return startEngine({ store: options, database, outbox, reason, tell })
      },
      onFeed: (message) => this.#feed(message),
      onDraft: (channelId, text) => this.#drafts.show(channelId, text),
      onForgotten: () => void this.close(),
      onAttached: (leads) => this.#attached(leads),
      onLeadFailed: (error) => this.#leadFailed(error),
    })
    this.own = new OwnOutbox(this.tabs, outboxDatabase, (channelIds) => {
      for (const channelId of channelIds) {
        this.#list.changed(channelId)
        this.#timelines.get(channelId)?.outboxChanged()
      }
    })
    this.outbox = this.own.piece
    this.#drafts = new Drafts(
      this.#database,
      (channelId) => this.#list.changed(channelId),
      (channelId, text) => this.tabs.tellDraft(channelId, text),
    )
    this.drafts = this.#drafts.piece
    this.#host = this.#timelineHost()
    void this.#restore()
    this.#hurryWhenBack()
  }

  timeline(channelId: string): ChannelTimeline {
    const known = this.#timelines.get(channelId)
    if (known !== undefined) return known
    const timeline = new ChannelTimeline(channelId, this.#host)
    this.#timelines.set(channelId, timeline)
    return timeline
  }

  members(channelId: string): MemberList {
    const known = this.#members.get(channelId)
    if (known !== undefined) return known
    const list = new MemberList(channelId, {
      page: async (id, after) => {
        const query = { after, limit: pageSeqs }
        const call = { params: { channelId: id }, query }
        return (await rest(this.tabs, 'listParticipants', call)).participants
      },
    })
    // The lists of the last channels are kept; older ones are loaded again.
    const [oldest] = this.#members.keys()
    if (this.#members.size >= maxMemberLists && oldest !== undefined) this.#members.delete(oldest)
    this.#members.set(channelId, list)
    return list
  }

  retryNow(): void {
    this.tabs.call({ type: 'retry_now' }).catch(() => {})
  }

  setDraft(channelId: string, text: string): void {
    this.#drafts.set(channelId, text)
  }

  watch(usernames: readonly string[]): () => void {
    const names = usernames.map((username) => username.toLowerCase())
    for (const name of names) this.#watched.set(name, (this.#watched.get(name) ?? 0) + 1)
    this.#watch(names)
    let ended = false
    return () => {
      if (ended) return
      ended = true
      for (const name of names) {
        const count = (this.#watched.get(name) ?? 1) - 1
        if (count > 0) this.#watched.set(name, count)
        else this.#watched.delete(name)
      }
    }
  }

  async close(): Promise<void> {
    if (this.#leaving.signal.aborted) return
    this.#leaving.abort()
    for (const timeline of this.#timelines.values()) timeline.leave()
    this.#list.close()
    await this.#drafts.flush()
    await this.tabs.close()
    const database = await this.#database
    database?.close()
    this.#setConnection({ ...offline, state: 'closed' })
  }

  async forget(): Promise<void> {
    this.tabs.tellForgotten()
    await this.close()
    if ((await this.#database) !== null) await deleteDB(this.#name)
  }

  async #openDatabase(): Promise<Database | null> {
    if (this.#options.keeps === false || typeof indexedDB === 'undefined') {
      this.#reason = 'forbidden'
      return null
    }
    try {
      const database = await Database.open(this.#name)
      database.onRemoved(() => void this.close())
      return database
    } catch (error) {
      // A browser that forbids it has several names for that.
      this.#reason = reasonOf(error) === 'full' ? 'full' : 'forbidden'
      return null
    }
  }

  /** Shows what was kept, until the server's list comes. */
  async #restore(): Promise<void> {
    const database = await this.#database
    const kept = await database?.read().catch(() => null)
    if (kept === null || kept === undefined || this.#leaving.signal.aborted) return
    this.#drafts.restore(kept.drafts)
    if (kept.channels === null || this.#epoch !== null) return
    this.#displayName = kept.channels.me.displayName
    this.#list.list(kept.channels.channels)
    this.me.changed()
    for (const timeline of this.#timelines.values()) timeline.ready(false)
  }

  #feed(message: FeedMessage): void {
    if (this.#leaving.signal.aborted) return
    switch (message.type) {
      case 'connection':
        return this.#setConnection(message.connection)
      case 'ready': {
        const epochChanged = this.#epoch !== null && this.#epoch !== message.epoch
        this.#epoch = message.epoch
        this.#displayName = message.me.displayName
        this.#list.list(message.channels)
        this.me.changed()
        for (const timeline of this.#timelines.values()) timeline.ready(epochChanged)
        this.#watch([...this.#watched.keys()])
        return
      }
      case 'event':
        this.#list.event(message.event)
        this.#timelines.get(message.event.channelId)?.event(message.event, message.localId)
        return this.#members.get(message.event.channelId)?.event(message.event)
      case 'channel':
        this.#list.set(message.channel)
        return this.#timelines.get(message.channel.channelId)?.head(message.channel.head)
      case 'head':
        return this.#timelines.get(message.channelId)?.head(message.head)
      case 'removed':
        this.#members.delete(message.channelId)
        return this.#list.remove(message.channelId)
      case 'reset':
        return this.#timelines.get(message.channelId)?.reset(message.head)
      case 'read':
        if (message.userId !== this.#options.username) return
        return this.#list.markRead(message.channelId, message.lastReadSeq)
      case 'presence':
        for (const presence of message.presence) this.#presences.set(presence.userId, presence)
        this.presence.changed()
        this.me.changed()
        return this.#list.presenceChanged(new Set(message.presence.map(({ userId }) => userId)))
      case 'typing':
        return this.#list.typing(message.channelId, message.userId)
      case 'outbox':
        return this.own.told(message)
      case 'me':
        this.#displayName = message.me.displayName
        return this.me.changed()
    }
  }

  #attached(leads: boolean): void {
    this.#leads = leads
    this.connection.changed()
    this.own.attached()
    this.#watch([...this.#watched.keys()])
  }

  #leadFailed(error: unknown): void {
    this.#setConnection({ ...offline, state: 'refused', why: String(error), error: toSent(error) })
  }

  #setConnection(connection: Connection): void {
    this.#connection = connection
    this.connection.changed()
  }

  #watch(usernames: string[]): void {
    if (usernames.length > 0) this.tabs.call({ type: 'watch', usernames }).catch(() => {})
  }

  #meSnapshot(): MeSnapshot {
    const { username } = this.#options
    const presence = this.#presences.get(username)
    return {
      username,
      displayName: this.#displayName,
      status: presence?.status ?? 'offline',
      statusText: presence?.text ?? '',
    }
  }

  #timelineHost(): TimelineHost {
    const { tabs, own } = this
    const source: PageSource = {
      sync: (channelId, after) => request(tabs, { type: 'sync', channels: { [channelId]: after } }),
      messages: async (channelId, after) => {
        const query = { after, limit: pageSeqs }
        return (await rest(tabs, 'listMessages', { params: { channelId }, query })).messages
      },
    }
    const connected = (): boolean => this.#connection.state === 'connected'
    const epoch = (): string | null => this.#epoch
    return {
      source,
      self: this.#options.username,
      get isConnected() {
        return connected()
      },
      get epoch() {
        return epoch()
      },
      channel: (channelId) => this.#list.channel(channelId),
      kept: async (channelId) => (await this.#database)?.history(channelId),
      outbox: (channelId) => own.of(channelId),
      markRead: async (channelId, seq) => {
        await request(tabs, { type: 'mark_channel_read', channelId, seq })
      },
      retrySend: async (localId) => {
        await tabs.call({ type: 'retry_send', localId })
      },
      discardSend: async (localId) => {
        await tabs.call({ type: 'discard_send', localId })
      },
      left: (channelId) => void this.#timelines.delete(channelId),
    }
  }

  /** A device that wakes up, and a tab that is looked at, should not wait for the next try. */
  #hurryWhenBack(): void {
    const { signal } = this.#leaving
    globalThis.addEventListener?.('online', () => this.retryNow(), { signal })
    if (typeof document === 'undefined') return
    const back = (): void => {
      if (document.visibilityState === 'visible' && this.#connection.state === 'offline') {
        this.retryNow()
      }
    }
    document.addEventListener('visibilitychange', back, { signal })
  }
}

const offline: Connection = {
  state: 'offline',
  nextTryAt: null,
  why: null,
  error: null,
  complete: false,
}

function platformLocks(): Pick<LockManager, 'request'> | null {
  const { locks } = globalThis.navigator ?? {}
  return locks ?? null
}

import type { Channel, Profile } from '@rookery/protocol'
import type { FeedEvent } from '../incoming.ts'
import type { Database } from './database.ts'
import { History } from './history.ts'
import { loadPage, pageSeqs } from './pages.ts'
import type { PageSource } from './pages.ts'
import type { StoreClient } from './store-client.ts'

const maxChannels = 50
const keptMessages = 100
/** Changes of this time are written together. */
const writeAfterMs = 1000
/** Between two pages that nobody waits for. */
const pauseMs = 100

/** Keeps the last channels with their last messages, so that they can be read offline. */
export class Archive {
  readonly #database: Database | null
  readonly #histories = new Map<string, History>()
  readonly #changed = new Set<string>()
  /** Channels whose history is begun just now. */
  readonly #following = new Set<string>()
  #epoch = ''
  #me: Profile | null = null
  #client: StoreClient | null = null
  #run = 0
  #listChanged = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #writing: Promise<void> = Promise.resolve()
  #closed = false

  constructor(database: Database | null) {
    this.#database = database
  }

  /** A new socket has listed the channels: loads what is new of the last ones, slowly. */
  ready(epoch: string, me: Profile, channels: readonly Channel[], client: StoreClient): void {
    if (this.#database === null) return
    if (epoch !== this.#epoch) this.#histories.clear()
    this.#epoch = epoch
    this.#me = me
    this.#client = client
    this.#changedList()
    const run = ++this.#run
    void this.#load(run, newest(channels), client)
  }

  event(event: FeedEvent, localId: string | null): void {
    const history = this.#histories.get(event.channelId)
    if (history === undefined) this.#follow(event)
    else history.apply(event, localId, true)
    this.changed(event.channelId)
  }

  head(channelId: string, head: number): void {
    this.#histories.get(channelId)?.noteHead(head)
  }

  removed(channelId: string): void {
    this.#histories.delete(channelId)
    this.#changedList()
  }

  reset(channelId: string, head: number): void {
    this.#histories.get(channelId)?.clear(head)
    this.changed(channelId)
  }

  changed(channelId: string): void {
    this.#changed.add(channelId)
    this.#changedList()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#run++
    clearTimeout(this.#timer)
    if (this.#timer !== undefined) this.#write()
    await this.#writing
  }

  async #load(run: number, channels: readonly Channel[], client: StoreClient): Promise<void> {
    const source = sourceOf(client)
    for (const { channelId, head } of channels) {
      try {
        await this.#catchUp(run, channelId, head, source)
      } catch {
        // It is tried again with the next list. The app's own reading has its own errors.
      }
      if (this.#run !== run) return
    }
  }

  /** A channel that came after the list: created, joined, or past the number of loaded ones. */
  #follow({ channelId, seq }: FeedEvent): void {
    const client = this.#client
    const isFollowed = this.#following.has(channelId) || this.#histories.size >= maxChannels
    if (this.#database === null || client === null || isFollowed) return
    this.#following.add(channelId)
    this.#catchUp(this.#run, channelId, seq, sourceOf(client))
      .catch(() => undefined)
      .finally(() => this.#following.delete(channelId))
  }

  async #catchUp(
    run: number,
    channelId: string,
    listedHead: number,
    source: PageSource,
  ): Promise<void> {
    let history = this.#histories.get(channelId)
    let head = listedHead
    if (history === undefined) {
      history = new History()
      const kept = await this.#database?.history(channelId)
      // Events that came meanwhile were not applied to it.
      head = Math.max(head, this.#client?.channels.get(channelId)?.channel.head ?? 0)
      if (kept?.epoch === this.#epoch && kept.to <= head) history.restore(kept)
      if (this.#run !== run) return
      this.#histories.set(channelId, history)
    }
    history.noteHead(head)
    const low = Math.max(1, history.head - pageSeqs + 1)
    if (history.isEmpty || history.high < low) history.place(low, history.head)
    else history.place(history.low, history.head)
    const hole = history.holes.at(-1)
    if (hole === undefined) return
    const from = Math.max(hole.from, hole.to - pageSeqs + 1)
    const page = await loadPage(source, channelId, from, hole.to, history.head)
    if (this.#run !== run || page === null) return
    history.insert(page)
    this.changed(channelId)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }

  #changedList(): void {
    this.#listChanged = true
    if (this.#database === null || this.#closed) return
    this.#timer ??= setTimeout(() => this.#write(), writeAfterMs)
  }

  #write(): void {
    this.#timer = undefined
    const database = this.#database
    if (database === null || this.#me === null || this.#client === null || !this.#listChanged)
      return
    this.#listChanged = false
    const views = [...this.#client.channels.values()]
    const channels = newest(views.map(({ channel }) => channel))
    const listed = new Set(channels.map(({ channelId }) => channelId))
    for (const channelId of this.#histories.keys()) {
      if (!listed.has(channelId)) this.#histories.delete(channelId)
    }
    const histories = [...this.#changed].flatMap((channelId) => {
      const history = this.#histories.get(channelId)
      history?.trim(2 * keptMessages, 'newest')
      return history?.keep(channelId, this.#epoch, keptMessages) ?? []
    })
    this.#changed.clear()
    const kept = { epoch: this.#epoch, me: this.#me, channels }
    // Without room, the older copy stays. The outbox tells the user about the storage.
    this.#writing = this.#writing
      .then(() => database.writeChannels(kept, histories))
      .catch(() => {})
  }
}

function sourceOf(client: StoreClient): PageSource {
  return {
    sync: (channelId, after) => client.ask({ type: 'sync', channels: { [channelId]: after } }),
    messages: async (channelId, after) => {
      const query = { after, limit: pageSeqs }
      return (await client.rest('listMessages', { params: { channelId }, query })).messages
    },
  }
}

function newest(channels: readonly Channel[]): Channel[] {
  return [...channels].sort((a, b) => activeAt(b).localeCompare(activeAt(a))).slice(0, maxChannels)
}

/** The time by which channels are sorted. */
export function activeAt({ lastMessage, createdAt }: Channel): string {
  return lastMessage?.sentAt ?? createdAt
}

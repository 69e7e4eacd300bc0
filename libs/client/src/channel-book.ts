import type { Channel, ServerFrameOf } from '@rookery/protocol'
import { ChannelFeed } from './channel-feed.ts'
import { ChannelView } from './channel-view.ts'
import type { FeedEvent, IncomingSync } from './incoming.ts'
import { Synchroniser } from './synchroniser.ts'
import type { SynchroniserOptions } from './synchroniser.ts'

/** Channels of which events came before `channel_joined`. The events of others are ignored. */
const maxEarly = 1000

export interface ChannelBookOptions extends Omit<SynchroniserOptions, 'last'> {
  /** The next event of its channel. */
  onEvent(event: FeedEvent): void
  onReset(channelId: string, head: number): void
  onRemoved(channelId: string, by?: string): void
  /** No events are missing any more. `events`: the number of fetched ones. */
  onSynced(events: number): void
  /** The log began a new epoch: the list must be asked for again. */
  onEpochChanged(): void
}

/** All channels of the user: the feed and the view of each, and the fetching of missing events. */
export class ChannelBook {
  readonly views: Map<string, ChannelView> = new Map()
  readonly sync: Synchroniser
  readonly #options: ChannelBookOptions
  readonly #feeds = new Map<string, ChannelFeed>()
  readonly #early = new Map<string, number>()
  #epoch: string | null = null
  #self = ''
  #fetched = 0

  constructor(options: ChannelBookOptions) {
    this.#options = options
    this.sync = new Synchroniser({
      ...options,
      last: (channelId) => this.#feeds.get(channelId)?.last,
    })
  }

  /** The seq up to which a channel's events were delivered. */
  lastOf(channelId: string): number | undefined {
    return this.#feeds.get(channelId)?.last
  }

  /**
   * Takes a new socket's list. @returns the number of channels with missing events; call
   * `sync.connected()` next
   */
  listed(self: string, epoch: string, channels: readonly Channel[]): number {
    const epochChanged = this.#epoch !== null && this.#epoch !== epoch
    this.#epoch = epoch
    this.#self = self
    let behind = 0
    const listed = new Set(channels.map(({ channelId }) => channelId))
    for (const channelId of this.#feeds.keys()) if (!listed.has(channelId)) this.remove(channelId)
    for (const channel of channels) {
      const { channelId, head } = channel
      this.views.set(channelId, new ChannelView(channel, self))
      const feed = this.#feeds.get(channelId)
      if (feed === undefined) this.#feeds.set(channelId, new ChannelFeed(channelId, head))
      else if (epochChanged) this.#reset(channelId, head)
      else {
        feed.noteHead(head)
        if (feed.behind) behind++
        // If the listed head is below the delivered events, this server may only be late. `sync`
        // makes it read the store, and its answer says whether the cache is void.
        if (feed.behind || feed.last > head) this.sync.want(channelId)
      }
    }
    return behind
  }

  joined(frame: ServerFrameOf<'channel_joined'>): void {
    const { channelId, head, channel, participants } = frame
    const view = this.views.get(channelId)
    if (view === undefined || view.channel.head <= channel.head) {
      this.views.set(channelId, new ChannelView({ ...channel, participants }, this.#self))
    }
    const feed = this.#feeds.get(channelId) ?? new ChannelFeed(channelId, head)
    this.#feeds.set(channelId, feed)
    feed.noteHead(Math.max(head, this.#early.get(channelId) ?? 0))
    this.#early.delete(channelId)
    this.#wantIfBehind(feed)
  }

  /** Replaces the view of a channel by its row, which was read after a reset. */
  reloaded(channel: Channel): void {
    if (!this.#feeds.has(channel.channelId)) return
    this.views.set(channel.channelId, new ChannelView(channel, this.#self))
  }

  remove(channelId: string, by?: string): void {
    this.#feeds.delete(channelId)
    this.views.delete(channelId)
    this.sync.forget(channelId)
    this.#options.onRemoved(channelId, by)
  }

  /** The server announces a channel's head. */
  headAt(channelId: string, head: number): void {
    const feed = this.#feeds.get(channelId)
    feed?.noteHead(head)
    this.#wantIfBehind(feed)
  }

  take(event: FeedEvent): void {
    let feed = this.#feeds.get(event.channelId)
    if (feed === undefined) {
      if (event.type !== 'channel_created') return this.#noteEarly(event)
      feed = new ChannelFeed(event.channelId, 0)
      this.#feeds.set(event.channelId, feed)
      this.views.set(event.channelId, new ChannelView(event.channel, this.#self))
    }
    this.#deliver(feed.take(event))
    this.#wantIfBehind(feed)
  }

  synced(answer: IncomingSync): void {
    if (!this.sync.expects(answer)) return
    if (answer.epoch !== this.#epoch) {
      this.sync.applied([])
      return this.#options.onEpochChanged()
    }
    const incomplete = this.sync.asked.filter((channelId) => !this.#complete(channelId, answer))
    this.sync.applied(incomplete)
    if (!this.sync.idle || this.#fetched === 0) return
    this.#options.onSynced(this.#fetched)
    this.#fetched = 0
  }

  /** Applies one channel of the answer. @returns false if it must be asked for again */
  #complete(channelId: string, answer: IncomingSync): boolean {
    const feed = this.#feeds.get(channelId)
    if (feed === undefined) return true
    const synced = answer.channels.get(channelId)
    if (synced === undefined) return false
    if ('error' in synced) {
      if (['unavailable', 'internal', 'rate_limited'].includes(synced.error.code)) return false
      this.remove(channelId)
      return true
    }
    if ('reset' in synced || this.sync.askedAfter(channelId) > synced.head) {
      this.#reset(channelId, synced.head)
      return true
    }
    for (const event of synced.events) {
      const deliverable = feed.take(event)
      this.#fetched += deliverable.length
      this.#deliver(deliverable)
    }
    feed.noteHead(synced.head)
    return !feed.behind
  }

  #reset(channelId: string, head: number): void {
    this.#feeds.set(channelId, new ChannelFeed(channelId, head))
    this.#options.onReset(channelId, head)
  }

  #wantIfBehind(feed: ChannelFeed | undefined): void {
    if (feed?.behind === true) this.sync.want(feed.channelId)
  }

  #deliver(events: readonly FeedEvent[]): void {
    for (const event of events) {
      this.views.get(event.channelId)?.apply(event)
      this.#options.onEvent(event)
    }
  }

  #noteEarly({ channelId, seq }: FeedEvent): void {
    if (this.#early.size >= maxEarly && !this.#early.has(channelId)) return
    this.#early.set(channelId, Math.max(seq, this.#early.get(channelId) ?? 0))
  }
}

import type { Channel, Presence } from '@rookery/protocol'
import { bounds } from '@rookery/protocol/constants'
import { ChannelView } from '../channel-view.ts'
import type { FeedEvent } from '../incoming.ts'
import { activeAt } from './archive.ts'
import { Piece } from './piece.ts'
import type { ChannelItem, ChannelsSnapshot } from './types.ts'

export interface ChannelListHost {
  unsent(channelId: string): number
  draft(channelId: string): string | null
  presence(username: string): Presence | null
}

/** The channels of the user as a list, kept up to date by the feed. */
export class ChannelList {
  readonly piece: Piece<ChannelsSnapshot>
  readonly #host: ChannelListHost
  readonly #views = new Map<string, ChannelView>()
  readonly #items = new Map<string, ChannelItem>()
  /** By channelId: who types, with the timer that ends it. */
  readonly #typing = new Map<string, Map<string, ReturnType<typeof setTimeout>>>()
  #self: string
  #isLoaded = false

  constructor(self: string, host: ChannelListHost) {
    this.#self = self
    this.#host = host
    this.piece = new Piece(() => this.#snapshot())
  }

  channel(channelId: string): Readonly<Channel> | undefined {
    return this.#views.get(channelId)?.channel
  }

  /** Replaces the list. */
  list(channels: readonly Channel[]): void {
    this.#views.clear()
    this.#items.clear()
    for (const channel of channels) this.set(channel)
    this.#isLoaded = true
    this.piece.changed()
  }

  set(channel: Channel): void {
    this.#views.set(channel.channelId, new ChannelView(channel, this.#self))
    this.changed(channel.channelId)
  }

  remove(channelId: string): void {
    this.#views.delete(channelId)
    for (const timer of this.#typing.get(channelId)?.values() ?? []) clearTimeout(timer)
    this.#typing.delete(channelId)
    this.changed(channelId)
  }

  event(event: FeedEvent): void {
    const { channelId } = event
    if (event.type === 'channel_created' && !this.#views.has(channelId)) this.set(event.channel)
    this.#views.get(channelId)?.apply(event)
    if (event.type === 'chat_message') this.#stopTyping(channelId, event.senderId)
    this.changed(channelId)
  }

  markRead(channelId: string, seq: number): void {
    this.#views.get(channelId)?.markRead(seq)
    this.changed(channelId)
  }

  typing(channelId: string, username: string): void {
    if (username === this.#self || !this.#views.has(channelId)) return
    const typing = this.#typing.get(channelId) ?? new Map<string, ReturnType<typeof setTimeout>>()
    clearTimeout(typing.get(username))
    const timer = setTimeout(() => this.#stopTyping(channelId, username), bounds.typingShownMs)
    this.#typing.set(channelId, typing.set(username, timer))
    this.changed(channelId)
  }

  presenceChanged(usernames: ReadonlySet<string>): void {
    for (const [channelId, { peer }] of this.#views) {
      if (peer !== null && usernames.has(peer.username)) this.changed(channelId)
    }
  }

  changed(channelId: string): void {
    this.#items.delete(channelId)
    this.piece.changed()
  }

  close(): void {
    for (const typing of this.#typing.values())
      for (const timer of typing.values()) clearTimeout(timer)
    this.#typing.clear()
  }

  #stopTyping(channelId: string, username: string): void {
    const typing = this.#typing.get(channelId)
    clearTimeout(typing?.get(username))
    if (typing?.delete(username) !== true) return
    if (typing.size === 0) this.#typing.delete(channelId)
    this.changed(channelId)
  }

  #snapshot(): ChannelsSnapshot {
    for (const channelId of this.#items.keys()) {
      if (!this.#views.has(channelId)) this.#items.delete(channelId)
    }
    for (const [channelId, view] of this.#views) {
      if (!this.#items.has(channelId)) this.#items.set(channelId, this.#itemOf(view))
    }
    const list = [...this.#items.values()].sort(byActivity)
    const unread = list.reduce((sum, item) => sum + item.unread, 0)
    return { loaded: this.#isLoaded, list, unread }
  }

  #itemOf(view: ChannelView): ChannelItem {
    const { channel, peer } = view
    const { channelId, kind, name, memberCount, head, unread, lastReadSeq } = channel
    const other = channel.participants?.find(({ username }) => username === peer?.username)
    const isDirect = peer !== null && !peer.isSelf
    return {
      channelId,
      kind,
      title: isDirect ? (other?.displayName ?? peer.username) : view.title,
      name,
      topic: channel.topic ?? null,
      isNotes: channel.notes === true,
      memberCount,
      head,
      unread,
      lastReadSeq,
      lastMessage: channel.lastMessage ?? null,
      activeAt: activeAt(channel),
      peer,
      peerPresence: isDirect ? this.#host.presence(peer.username) : null,
      typing: [...(this.#typing.get(channelId)?.keys() ?? [])],
      unsent: this.#host.unsent(channelId),
      draft: this.#host.draft(channelId),
    }
  }
}

function byActivity(a: ChannelItem, b: ChannelItem): number {
  if (a.activeAt !== b.activeAt) return a.activeAt < b.activeAt ? 1 : -1
  return a.channelId < b.channelId ? -1 : 1
}

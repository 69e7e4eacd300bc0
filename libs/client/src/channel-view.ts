import type { Channel } from '@rookery/protocol'
import { messageAfter } from './changed-message.ts'
import type { MessageChange } from './changed-message.ts'
import type { FeedEvent } from './incoming.ts'

/** Seqs of unread messages that are remembered. With more of them, the count is an upper bound. */
const maxRemembered = 1000

/** The other member of a direct channel, or oneself in one's own notes. */
export interface ChannelPeer {
  username: string
  isSelf: boolean
  /** The account was deleted: nobody will read the messages. */
  isDeleted: boolean
}

/**
 * One channel as this user sees it now: the listed row, kept up to date by its events (head,
 * unread, name, topic, number of members, last message).
 */
export class ChannelView {
  readonly #self: string
  #channel: Channel
  /** Unread messages at the time of the list. Their seqs are not known. */
  #olderUnread: number
  #listedHead: number
  #unreadSeqs: number[] = []

  constructor(channel: Channel, self: string) {
    this.#self = self
    this.#channel = channel
    this.#olderUnread = channel.unread
    this.#listedHead = channel.head
  }

  get channel(): Readonly<Channel> {
    return this.#channel
  }

  /** The title to show: its name, or the other member's in a direct channel. */
  get title(): string {
    if (this.#channel.name !== null) return this.#channel.name
    return this.peer === null ? this.#channel.channelId : `@${this.peer.username}`
  }

  /** The other member of a direct channel; oneself in one's own notes. */
  get peer(): ChannelPeer | null {
    const { kind, notes, participants = [] } = this.#channel
    if (notes === true) return { username: this.#self, isSelf: true, isDeleted: false }
    const other = participants.find(({ username }) => username !== this.#self)
    if (kind !== 'direct' || other === undefined) return null
    return { username: other.username, isSelf: false, isDeleted: other.deleted === true }
  }

  apply(event: FeedEvent): void {
    if (event.seq <= this.#channel.head) return
    this.#channel = { ...this.#channel, head: event.seq }
    switch (event.type) {
      case 'chat_message':
        this.#addMessage(event)
        break
      case 'participant_joined':
        this.#set({ memberCount: this.#channel.memberCount + 1 })
        break
      case 'participant_left':
        this.#set({ memberCount: Math.max(0, this.#channel.memberCount - 1) })
        break
      case 'channel_updated':
        this.#set({
          ...(event.name !== undefined && { name: event.name }),
          ...(event.topic !== undefined && { topic: event.topic }),
        })
        break
      case 'message_edited':
      case 'message_deleted':
      case 'reaction_added':
      case 'reaction_removed':
        this.#changeLast(event)
        break
      case 'channel_created':
      case 'role_changed':
      case 'unknown_event':
        break
    }
  }

  /** The user's own mark moved, here or on another device. It only moves forward. */
  markRead(seq: number): void {
    if (seq <= this.#channel.lastReadSeq) return
    this.#unreadSeqs = this.#unreadSeqs.filter((unread) => unread > seq)
    // It is unknown which older messages are read. At most one per number above the mark is unread.
    this.#olderUnread = Math.min(this.#olderUnread, Math.max(0, this.#listedHead - seq))
    this.#set({ lastReadSeq: seq, unread: this.#olderUnread + this.#unreadSeqs.length })
  }

  #changeLast(event: MessageChange): void {
    const last = this.#channel.lastMessage
    if (last?.seq === event.targetSeq) this.#set({ lastMessage: messageAfter(last, event) })
  }

  #addMessage(event: Extract<FeedEvent, { type: 'chat_message' }>): void {
    const { requestId: _requestId, ...message } = event
    this.#set({ lastMessage: message })
    if (event.senderId === this.#self) return this.markRead(event.seq)
    if (this.#unreadSeqs.length === maxRemembered) {
      this.#listedHead = this.#unreadSeqs.shift() ?? this.#listedHead
      this.#olderUnread++
    }
    this.#unreadSeqs.push(event.seq)
    this.#set({ unread: this.#olderUnread + this.#unreadSeqs.length })
  }

  #set(change: Partial<Channel>): void {
    this.#channel = { ...this.#channel, ...change }
  }
}

import type {
  ChannelKind,
  Message,
  Metadata,
  Presence,
  Role,
  ServerFrameOf,
  SettableStatus,
} from '@rookery/protocol'
import { bounds } from '@rookery/protocol/constants'
import { LiveClient } from './live-client.ts'
import { randomId } from './options.ts'

/** A message that is stored and has its number in the channel. */
export interface SentMessage {
  channelId: string
  seq: number
  messageId: string
  sentAt: string
}

/**
 * A user's connection to Rookery. Every promise resolves when the server has answered, over as many
 * connections as necessary. The request then took effect exactly once. It rejects with a
 * RookeryError.
 *
 *     const client = new RookeryClient({ url: 'http://127.0.0.1:3000' })
 *     await client.logIn('ada', password)
 *     await client.connect()
 *     client.on('chat_message', ({ senderId, content }) => …)
 *     await client.send(channelId, 'Hello')
 */
export class RookeryClient extends LiveClient {
  #typed: { channelId: string; atMs: number } | null = null

  async register(username: string, password: string, displayName?: string): Promise<void> {
    const body = { username, password, ...(displayName !== undefined && { displayName }) }
    this.useTokens(await this.restClient.call('register', { body }))
  }

  async logIn(username: string, password: string): Promise<void> {
    this.useTokens(await this.restClient.call('logIn', { body: { username, password } }))
  }

  /** Ends this log-in on the server and closes. */
  async logOut(): Promise<void> {
    const refreshToken = this.tokens.refreshToken ?? ''
    await this.rest('logOut', { body: { refreshToken } })
    this.close()
  }

  /** Resolves when the message is stored. The order in a channel is the order of the calls. */
  async send(
    channelId: string,
    content: string,
    more: { metadata?: Metadata } = {},
  ): Promise<SentMessage> {
    const ack = await this.request({ type: 'chat_message', channelId, content, ...more })
    return { channelId, seq: ack.seq, messageId: ack.messageId, sentAt: ack.sentAt }
  }

  async edit(
    channelId: string,
    seq: number,
    content: string,
    more: { metadata?: Metadata } = {},
  ): Promise<void> {
    await this.request({ type: 'edit_message', channelId, seq, content, ...more })
  }

  async deleteMessage(channelId: string, seq: number): Promise<void> {
    await this.request({ type: 'delete_message', channelId, seq })
  }

  async react(channelId: string, seq: number, emoji: string): Promise<void> {
    await this.request({ type: 'add_reaction', channelId, seq, emoji })
  }

  async unreact(channelId: string, seq: number, emoji: string): Promise<void> {
    await this.request({ type: 'remove_reaction', channelId, seq, emoji })
  }

  /**
   * Creates a channel, or finds the existing one (a direct one, or one with the same `clientKey`).
   * One participant and no name make it direct. Resolves with its channelId.
   */
  async createChannel(channel: {
    name?: string
    participants?: string[]
    kind?: ChannelKind
    /** Default: a random key, so that a repeated request makes no second channel. */
    clientKey?: string
  }): Promise<string> {
    const request = { type: 'create_channel', clientKey: randomId(), ...channel } as const
    return (await this.request(request)).channelId
  }

  /**
   * Joins a channel by its id, or a public one by its name. Resolves with it and its newest
   * messages.
   */
  join(
    which: { channelId: string } | { name: string },
    page: { limit?: number; afterSeq?: number } = {},
  ): Promise<ServerFrameOf<'channel_joined'>> {
    return this.request({ type: 'join_channel', ...which, ...page })
  }

  /** Ends the membership. */
  async leave(channelId: string): Promise<void> {
    await this.request({ type: 'leave_channel', channelId })
  }

  async addParticipants(channelId: string, participants: string[]): Promise<void> {
    await this.request({ type: 'add_participants', channelId, participants })
  }

  async removeParticipant(channelId: string, username: string): Promise<void> {
    await this.request({ type: 'remove_participant', channelId, username })
  }

  async setRole(channelId: string, username: string, role: Role): Promise<void> {
    await this.request({ type: 'set_role', channelId, username, role })
  }

  async updateChannel(channelId: string, change: { name?: string; topic?: string }): Promise<void> {
    await this.request({ type: 'update_channel', channelId, ...change })
  }

  /** Marks as read up to `seq`, or everything. Resolves with the stored mark. */
  async markRead(channelId: string, seq?: number): Promise<number> {
    const request = { type: 'mark_channel_read', channelId, ...(seq !== undefined && { seq }) }
    return (await this.request(request as typeof request & { type: 'mark_channel_read' }))
      .lastReadSeq
  }

  async setStatus(status: SettableStatus, text?: string): Promise<void> {
    await this.request({ type: 'status_update', status, ...(text !== undefined && { text }) })
  }

  /** Watches the presence of these users, over reconnects. Resolves with their present presence. */
  async watch(usernames: readonly string[]): Promise<Presence[]> {
    const { presence } = await this.request({ type: 'subscribe', userIds: [...usernames] })
    for (const username of usernames) this.watched.add(username.toLowerCase())
    return presence
  }

  async unwatch(usernames: readonly string[]): Promise<void> {
    for (const username of usernames) this.watched.delete(username.toLowerCase())
    await this.request({ type: 'unsubscribe', userIds: [...usernames] })
  }

  /**
   * Tells the other members that this user types. Call it at each key; it is sent every 3 s at
   * most.
   */
  typing(channelId: string): void {
    const nowMs = performance.now()
    const typed = this.#typed
    if (typed?.channelId === channelId && nowMs - typed.atMs < bounds.typingIntervalMs) return
    this.#typed = { channelId, atMs: nowMs }
    this.sendTyping(channelId)
  }

  /** A page of messages as they are now, ascending. Without `before` and `after`: the newest. */
  async history(
    channelId: string,
    page: { before?: number; after?: number; limit?: number } = {},
  ): Promise<Message[]> {
    const answer = await this.rest('listMessages', { params: { channelId }, query: page })
    return answer.messages
  }
}

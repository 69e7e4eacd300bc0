import type { ChannelHub } from '../channels/channel-hub.ts'
import type { Connection } from '../sockets/connection.ts'
import { TokenBucket } from '../sockets/token-bucket.ts'

/** Someone who waits for `channel_joined` as the answer to a request of their own. */
export interface JoinRequest {
  connection: Connection
  requestId: string | undefined
  limit: number
  afterSeq: number | undefined
}

const maxTyping = 100

/** A user with at least one socket on this server. All its sockets are in all its channels. */
export class LocalUser {
  readonly username: string
  readonly connections: Set<Connection> = new Set()
  readonly channels: Map<string, ChannelHub> = new Map()
  readonly sends: TokenBucket
  /** The directory's token for the user's set of channels, as of the last time the list was read. */
  version: string | null = null
  /** Resolves when the user is attached to all its channels; null before the first socket asked for it. */
  loading: Promise<void> | null = null
  mutedUntilMs: number | null = null
  /** When that was last told by a push: what was read before it is older. */
  muteToldAt = 0
  readonly admitting: Map<string, Promise<boolean>> = new Map()
  readonly joinRequests: Map<string, JoinRequest[]> = new Map()

  /** Reactions that are on their way into the log, by message. */
  readonly #reacting = new Map<string, number>()
  readonly #typing = new Map<string, number>()

  constructor(username: string, limits: { messagesPerSecond: number; messageBurst: number }) {
    this.username = username
    this.sends = new TokenBucket(limits.messagesPerSecond, limits.messageBurst)
  }

  /** At most once in `intervalMs` per channel. */
  mayShowTyping(channelId: string, nowMs: number, intervalMs: number): boolean {
    if (nowMs - (this.#typing.get(channelId) ?? 0) < intervalMs) return false
    if (this.#typing.size >= maxTyping) this.#typing.clear()
    this.#typing.set(channelId, nowMs)
    return true
  }

  /** How many reactions to a message are on their way. */
  reacting(messageKey: string): number {
    return this.#reacting.get(messageKey) ?? 0
  }

  /** Counts one reaction more. @returns what must be called once when it is settled */
  beginReacting(messageKey: string): () => void {
    this.#reacting.set(messageKey, this.reacting(messageKey) + 1)
    return () => {
      const left = this.reacting(messageKey) - 1
      if (left > 0) this.#reacting.set(messageKey, left)
      else this.#reacting.delete(messageKey)
    }
  }

  /** Says goodbye on every socket; one that asked to leave gets it as its answer. */
  showLeft(channelId: string, by: string): void {
    for (const connection of this.connections)
      if (connection.ready) connection.showLeft(channelId, by)
  }
}

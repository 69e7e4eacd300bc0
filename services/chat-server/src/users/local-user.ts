import type { ChannelHub } from '../channels/channel-hub.ts'
import { TokenBucket } from '../sockets/token-bucket.ts'
import type { UserConnection } from '../sockets/user-connection.ts'

/** A request that waits for `channel_joined` as its answer. */
export interface JoinRequest {
  connection: UserConnection
  requestId: string | undefined
  limit: number
  afterSeq: number | undefined
}

const maxTyping = 100

/** A user with at least one socket on this server. All its sockets are in all its channels. */
export class LocalUser {
  readonly username: string
  readonly connections: Set<UserConnection> = new Set()
  readonly channels: Map<string, ChannelHub> = new Map()
  readonly sends: TokenBucket
  /** The user version, as of the last time that the user's channels were read; null: not known. */
  version: string | null = null
  /** Resolves when the user is in all its channels; null before its first socket asked for it. */
  loading: Promise<void> | null = null
  mutedUntilMs: number | null = null
  /** When a push last set `mutedUntilMs`. A read that began before is older, and is ignored. */
  muteToldAt = 0
  /** Admissions that are under way, by channel. */
  readonly admitting: Map<string, Promise<boolean>> = new Map()
  /** Requests that wait for `channel_joined`, by channel. */
  readonly joinRequests: Map<string, JoinRequest[]> = new Map()

  /** The emoji of reactions that are on their way into the log, by message. */
  readonly #reacting = new Map<string, string[]>()
  readonly #typing = new Map<string, number>()

  constructor(username: string, limits: { messagesPerSecond: number; messageBurst: number }) {
    this.username = username
    this.sends = new TokenBucket(limits.messagesPerSecond, limits.messageBurst)
  }

  /** True at most once in `intervalMs` per channel. */
  mayShowTyping(channelId: string, nowMs: number, intervalMs: number): boolean {
    if (nowMs - (this.#typing.get(channelId) ?? 0) < intervalMs) return false
    if (this.#typing.size >= maxTyping) this.#typing.clear()
    this.#typing.set(channelId, nowMs)
    return true
  }

  /** The emoji of this user's reactions to a message that are on their way into the log. */
  reacting(messageKey: string): readonly string[] {
    return this.#reacting.get(messageKey) ?? []
  }

  /** Notes one more reaction. @returns a function to call once when its outcome is known */
  beginReacting(messageKey: string, emoji: string): () => void {
    this.#reacting.set(messageKey, [...this.reacting(messageKey), emoji])
    return () => {
      const left = [...this.reacting(messageKey)]
      left.splice(left.indexOf(emoji), 1)
      if (left.length > 0) this.#reacting.set(messageKey, left)
      else this.#reacting.delete(messageKey)
    }
  }

  /** Sends `channel_left` to every socket. For a socket that asked to leave, it is the answer. */
  showLeft(channelId: string, by: string): void {
    for (const connection of this.connections)
      if (connection.ready) connection.showLeft(channelId, by)
  }
}

import type { AuthAnswer } from '@rookery/protocol'
import type { BackoffOptions } from './backoff.ts'
import type { Checks } from './checks.ts'
import type { OutboxJournal } from './outbox-entry.ts'
import type { Fetch } from './rest.ts'
import type { WebSocketConstructor } from './web-socket.ts'

export interface RookeryClientOptions {
  /** The address of the api, such as `http://127.0.0.1:3000`. */
  url: string
  /** The name of this device. A browser keeps one for all its tabs. Default: none. */
  deviceId?: string
  /**
   * 1–64 characters, not beginning with `_`. A new one for every start of a client, unless its
   * state is stored.
   */
  session?: string
  /** The first clientSeq to use. In a stored session, one above the highest used one. Default 1. */
  nextClientSeq?: number
  /**
   * Requests that may wait for an answer. `send()` rejects others with `outbox_full`. Default
   * 1,000.
   */
  maxOutbox?: number
  /** A request is sent again after this time without an answer. Default 10,000. */
  answerTimeoutMs?: number
  /** The time from opening a socket to its complete list of channels. Default 10,000. */
  readyTimeoutMs?: number
  /**
   * Waits between attempts. Default: 1 s doubling to 30 s; for requests on a live socket to 3 s.
   * Full jitter.
   */
  backoff?: BackoffOptions
  /** Writes the number of each request before it is sent. Default: numbers are kept in memory. */
  journal?: OutboxJournal
  /**
   * Gives new tokens when the present ones end or are missing. Default: the refresh token of the
   * log-in is exchanged. A page whose refresh token is in a cookie has its own way.
   */
  renew?: () => Promise<AuthAnswer>
  /** Default: `ws` in Node, the platform's own elsewhere. */
  WebSocket?: WebSocketConstructor
  /** Default: the platform's own. */
  fetch?: Fetch
  /** How closely answers are checked. Default: the fields that this library relies on. */
  checks?: Checks
}

/** The state with which a successor continues exactly where this client stopped. */
export interface ClientState {
  session: string
  nextClientSeq: number
  refreshToken: string | null
}

/** 128 random bits as text. Unlike randomUUID it needs no secure context. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

import type { BackoffOptions } from './backoff.ts'
import type { Fetch } from './rest.ts'
import type { WebSocketConstructor } from './web-socket.ts'

export interface RookeryClientOptions {
  /** Of the api, like `http://127.0.0.1:3000`. */
  url: string
  /** Names this device; a browser keeps one for all its tabs. Default: none. */
  deviceId?: string
  /**
   * 1–64 characters, not starting with `_`; new for every start of a client, unless its state is
   * kept.
   */
  session?: string
  /** With a kept session: the number that follows all that were ever used in it. Default 1. */
  nextClientSeq?: number
  /**
   * Requests that may wait for an answer; `send()` rejects beyond with `outbox_full`. Default
   * 1,000.
   */
  maxOutbox?: number
  /** After it a request is sent again. Default 10,000. */
  answerTimeoutMs?: number
  /** From opening a socket to its complete list of channels. Default 10,000. */
  readyTimeoutMs?: number
  /**
   * Between attempts. Default 1 s doubling to 30 s, for requests on a live socket to 5 s; full
   * jitter.
   */
  backoff?: BackoffOptions
  /** Default: the platform's, else `ws`. */
  WebSocket?: WebSocketConstructor
  /** Default: the platform's. */
  fetch?: Fetch
}

/** What a successor needs to go on exactly where this client stopped. */
export interface ClientState {
  session: string
  nextClientSeq: number
  refreshToken: string | null
}

/** 128 random bits as text; needs no secure context, unlike randomUUID. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

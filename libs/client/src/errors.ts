import type { ErrorCode } from '@rookery/protocol'

/** What can end a call besides a code of the protocol. */
export const clientErrorCodes = {
  /** The outbox holds as many requests as it may; nothing was queued. */
  outbox_full: 'outbox_full',
  /** `close()` was called first; whether the request took effect is unknown. */
  closed: 'closed',
  /** The server told this client to stay away (banned, too many devices, replaced, logged out). */
  stopped: 'stopped',
  /**
   * The server cut the socket over a frame and this one may be it: never sent again, outcome
   * unknown.
   */
  frame_refused: 'frame_refused',
  /** A REST call got no answer. */
  network: 'network',
  /** A REST answer is not what the protocol says. */
  bad_answer: 'bad_answer',
  /** Used before log-in. */
  not_logged_in: 'not_logged_in',
} as const

export type ClientErrorCode = ErrorCode | keyof typeof clientErrorCodes

/** Every error this library throws or rejects with. */
export class RookeryError extends Error {
  override readonly name = 'RookeryError'
  readonly code: ClientErrorCode
  /** Set when the same call may be made again, after so long. */
  readonly retryAfterMs: number | undefined
  /** Of a `name_taken` or `conflict`: the channel that is in the way. */
  readonly channelId: string | undefined

  constructor(
    code: ClientErrorCode,
    message: string,
    more: {
      retryAfterMs?: number | undefined
      channelId?: string | undefined
      cause?: unknown
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.code = code
    this.retryAfterMs = more.retryAfterMs
    this.channelId = more.channelId
  }

  get retryable(): boolean {
    return this.retryAfterMs !== undefined || this.code === 'network'
  }
}

import type { ErrorCode } from '@rookery/protocol'

/** The codes that can end a call besides those of the protocol. */
export const clientErrorCodes = {
  /** The outbox is full. Nothing was queued. */
  outbox_full: 'outbox_full',
  /** `close()` was called first. It is unknown whether the request took effect. */
  closed: 'closed',
  /**
   * The server told this client not to come back (banned, too many devices, replaced, logged out).
   */
  stopped: 'stopped',
  /**
   * The server cut the socket because of a frame, perhaps this one. It is never sent again, and its
   * outcome is unknown.
   */
  frame_refused: 'frame_refused',
  /** A REST call got no answer. */
  network: 'network',
  /** A REST answer does not follow the protocol. */
  bad_answer: 'bad_answer',
  /** Used before log-in. */
  not_logged_in: 'not_logged_in',
} as const

export type ClientErrorCode = ErrorCode | keyof typeof clientErrorCodes

/** Every error this library throws or rejects with. */
export class RookeryError extends Error {
  override readonly name = 'RookeryError'
  readonly code: ClientErrorCode
  /** Set if the same call may be made again, after this time. */
  readonly retryAfterMs: number | undefined
  /** For `name_taken` and `conflict`: the channel that is in the way. */
  readonly channelId: string | undefined
  /** For an error that ended the connection for good: the close code of the socket. */
  readonly closeCode: number | undefined

  constructor(
    code: ClientErrorCode,
    message: string,
    more: {
      retryAfterMs?: number | undefined
      channelId?: string | undefined
      closeCode?: number | undefined
      cause?: unknown
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.code = code
    this.retryAfterMs = more.retryAfterMs
    this.channelId = more.channelId
    this.closeCode = more.closeCode
  }

  get retryable(): boolean {
    return this.retryAfterMs !== undefined || this.code === 'network'
  }
}

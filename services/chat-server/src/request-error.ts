import type { ErrorCode } from '@rookery/protocol'
import { isRetryable } from '@rookery/service-kit'

/**
 * The reason for which a request is refused; it becomes an `error` frame. With `retryAfterMs` the
 * request may be sent again as it is.
 */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly code: ErrorCode
  readonly retryAfterMs: number | undefined
  readonly channelId: string | undefined

  constructor(
    code: ErrorCode,
    message: string,
    more: { retryAfterMs?: number; channelId?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause })
    this.code = code
    this.retryAfterMs = more.retryAfterMs
    this.channelId = more.channelId
  }
}

export const retryAfterMs = 1000

/** The refusal that a client gets when a port failed or there is a defect. */
export function toRequestError(error: unknown): RequestError {
  if (error instanceof RequestError) return error
  if (isRetryable(error))
    return new RequestError('unavailable', 'a part of the platform is away, try again', {
      retryAfterMs,
      cause: error,
    })
  return new RequestError('internal', 'an error in the server, it is logged there', {
    cause: error,
  })
}

/** The channel does not exist, or the user may not know of it. Both get the same answer. */
export function noSuchChannel(channelId: string): RequestError {
  return new RequestError('not_found', 'there is no such channel', { channelId })
}

import { type ErrorCode, errorCodes } from '@rookery/protocol'

export interface ApiErrorOptions extends ErrorOptions {
  /** Further facts for the client; goes onto the wire as it is. */
  readonly details?: unknown
  /** When the very same request may be sent again. */
  readonly retryAfterMs?: number
}

/** An answer that is not 2xx. The message is read by the client's developer: it names no secret and no internals. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ErrorCode
  readonly details: unknown
  readonly retryAfterMs: number | undefined

  constructor(
    code: ErrorCode,
    message: string,
    { details, retryAfterMs, cause }: ApiErrorOptions = {},
  ) {
    super(message, { cause })
    this.code = code
    this.details = details
    this.retryAfterMs = retryAfterMs
  }

  get status(): number {
    return errorCodes[this.code]
  }
}

export function unavailable(message: string, retryAfterMs: number, cause?: unknown): ApiError {
  return new ApiError('unavailable', message, { retryAfterMs, cause })
}

export function rateLimited(retryAfterMs: number): ApiError {
  return new ApiError('rate_limited', 'too many requests', { retryAfterMs })
}

/** One answer for what is not there and for what a stranger may not know of. */
export function notFound(what: string): ApiError {
  return new ApiError('not_found', `no such ${what}`)
}

import { type ErrorCode, errorCodes } from '@rookery/protocol'

export interface ApiErrorOptions extends ErrorOptions {
  /** Further facts for the client; goes onto the wire as it is. */
  readonly details?: unknown
  /** When the very same request may be sent again. */
  readonly retryAfterMs?: number
  /** The HTTP status, where it says more than the code's own. */
  readonly status?: number
}

/**
 * An answer that is not 2xx. The message is read by the client's developer: it names no secret and
 * no internals.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ErrorCode
  readonly details: unknown
  readonly retryAfterMs: number | undefined
  readonly status: number

  constructor(
    code: ErrorCode,
    message: string,
    { details, retryAfterMs, status = errorCodes[code], cause }: ApiErrorOptions = {},
  ) {
    super(message, { cause })
    this.code = code
    this.details = details
    this.retryAfterMs = retryAfterMs
    this.status = status
  }
}

export function unavailable(message: string, retryAfterMs: number, cause?: unknown): ApiError {
  return new ApiError('unavailable', message, { retryAfterMs, cause })
}

export function rateLimited(retryAfterMs: number): ApiError {
  return new ApiError('rate_limited', 'too many requests', { retryAfterMs })
}

/** A body in a form that is not read here; the message names it. */
export function unsupported(message: string): ApiError {
  return new ApiError('invalid_input', message, { status: 415 })
}

/** One answer for what is not there and for what a stranger may not know of. */
export function notFound(what: string): ApiError {
  return new ApiError('not_found', `no such ${what}`)
}

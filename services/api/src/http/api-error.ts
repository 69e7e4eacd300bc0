import { type ErrorCode, errorCodes } from '@rookery/protocol'

export interface ApiErrorOptions extends ErrorOptions {
  /** More facts for the client, sent unchanged. */
  readonly details?: unknown
  /** The delay after which the same request may be sent again. */
  readonly retryAfterMs?: number
  /** The HTTP status, if another one than that of the code says more. */
  readonly status?: number
}

/**
 * An answer that is not 2xx. The message is for developers of clients. It must name no secret and
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
  return new ApiError('rate_limited', 'too many requests, send it again later', { retryAfterMs })
}

/** For a body in a form that the api does not read. The message must name the form. */
export function unsupported(message: string): ApiError {
  return new ApiError('invalid_input', message, { status: 415 })
}

/** The same answer for a missing thing and for a thing that the user may not know of. */
export function notFound(what: string): ApiError {
  return new ApiError('not_found', `no such ${what}`)
}

/**
 * Every error code that a client can get, in REST answers and in `error` frames, with the HTTP
 * status of the REST answer.
 */
export const errorCodes = {
  invalid_input: 400,
  invalid_credentials: 401,
  username_taken: 409,
  name_taken: 409,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  rate_limited: 429,
  too_large: 413,
  unknown_type: 400,
  superseded: 409,
  device_limit: 409,
  conflict: 409,
  unavailable: 503,
  internal: 500,
} as const

export type ErrorCode = keyof typeof errorCodes

/** All codes, in the order of the protocol document. */
export const errorCodeNames: readonly [ErrorCode, ...ErrorCode[]] = Object.keys(errorCodes) as [
  ErrorCode,
  ...ErrorCode[],
]

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorCodes, value)
}

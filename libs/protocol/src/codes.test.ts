import { describe, expect, it } from '@jest/globals'
import { closeCodes } from './close-codes.ts'
import { errorCodeNames, errorCodes, isErrorCode } from './error-codes.ts'

// The protocol document's own lists, because a code that clients know may not change.
describe('codes', () => {
  it('are the error codes of the protocol document with their HTTP status', () => {
    expect(errorCodes).toEqual({
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
    })
    expect(errorCodeNames).toEqual(Object.keys(errorCodes))
  })

  it('are the close codes of the protocol document', () => {
    expect(closeCodes).toEqual({
      normal: 1000,
      goingAway: 1001,
      protocolViolation: 1002,
      unsupportedData: 1003,
      invalidPayload: 1007,
      tooManyFragments: 1008,
      tooBig: 1009,
      internalError: 1011,
      serviceRestart: 1012,
      protocolError: 4000,
      unauthenticated: 4001,
      banned: 4003,
      deviceLimit: 4009,
      replaced: 4010,
      tooSlow: 4108,
      rateLimited: 4129,
    })
  })

  it.each(['toString', '__proto__', '', 'Forbidden', 3, null])('do not include %p', (value) => {
    expect(isErrorCode(value)).toBe(false)
  })
})

import { expect, it } from '@jest/globals'
import { LogError } from '@rookery/log'
import { RequestError, toRequestError } from './request-error.ts'

it('a client may repeat a request that failed because a port is away', () => {
  const cause = new LogError('unavailable', 'away')
  const error = toRequestError(cause)
  expect(error).toMatchObject({ code: 'unavailable', retryAfterMs: 1_000, cause })
})

it.each([new LogError('mismatch', 'a newer release'), new TypeError('a defect'), null])(
  'a client gets `internal` and no detail of %p',
  (cause) => {
    expect(toRequestError(cause)).toMatchObject({
      code: 'internal',
      retryAfterMs: undefined,
      cause,
    })
  },
)

it('a refusal is passed on unchanged', () => {
  const refusal = new RequestError('forbidden', 'no')
  expect(toRequestError(refusal)).toBe(refusal)
})

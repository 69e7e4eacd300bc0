import { expect, it } from '@jest/globals'
import { isRetryable, PortError } from './port-error.ts'

class ToolError extends PortError<'away' | 'denied'> {
  get retryable(): boolean {
    return this.code === 'away'
  }
}

it('lets the class of an error decide whether the call may be repeated', () => {
  expect(isRetryable(new ToolError('away', 'no answer'))).toBe(true)
  expect(isRetryable(new ToolError('denied', 'wrong password'))).toBe(false)
})

it.each([new Error('away'), { retryable: true }, { code: 'unavailable' }, null, 'away'])(
  'lets no call be repeated that failed with %p, which is not an error of a port',
  (error) => {
    expect(isRetryable(error)).toBe(false)
  },
)

import { describe, expect, it } from '@jest/globals'
import { cannotReach } from './reason.ts'

const failed = (more: object) => Object.assign(new Error('failed'), more)

describe('cannotReach', () => {
  it.each([
    ['a code of the operating system', failed({ code: 'ECONNREFUSED' }), ': connection refused'],
    ['the code of a cause', failed({ cause: failed({ code: 'ENOTFOUND' }) }), ': no such host'],
    ['a code without words', failed({ code: 'EWHATEVER' }), ': EWHATEVER'],
    ['a time-out', failed({ name: 'TimeoutError' }), ': no answer in time'],
    [
      'a refused upgrade',
      new Error('Unexpected server response: 502'),
      ': it answered with HTTP 502',
    ],
    ['an error of a browser', failed({}), ''],
    ['no error at all', undefined, ''],
  ])('puts %s into words', (_what, error, reason) => {
    expect(cannotReach('ws://host:1', error)).toBe(`cannot reach ws://host:1${reason}`)
  })
})

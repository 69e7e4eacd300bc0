import { describe, expect, it } from '@jest/globals'
import { isAllowedOrigin } from './origins.ts'

describe('origins', () => {
  it.each([
    ['no origin: not a browser', undefined, 'chat.example:3001', [], true],
    ['the same host on another port', 'http://chat.example:3000', 'chat.example:3001', [], true],
    ['another host', 'https://evil.example', 'chat.example:3001', [], false],
    ['a host that only ends alike', 'https://evilchat.example', 'chat.example', [], false],
    ['a listed one', 'https://app.example', 'chat.example', ['https://app.example'], true],
    [
      'a listed host with another scheme',
      'http://app.example',
      'chat.example',
      ['https://app.example'],
      false,
    ],
    ['a sandboxed page', 'null', 'chat.example', [], false],
    ['a host header that is none', 'https://a.example', ':::', [], false],
  ])('%s', (_what, origin, host, allowed, expected) => {
    expect(isAllowedOrigin(origin, [host], allowed)).toBe(expected)
  })

  it('takes any of the hosts by which it may have been asked for', () => {
    expect(isAllowedOrigin('https://a.example', ['inner:3001', 'a.example:443'], [])).toBe(true)
    expect(isAllowedOrigin('https://b.example', ['inner:3001', 'a.example:443'], [])).toBe(false)
    expect(isAllowedOrigin('https://b.example', [], [])).toBe(false)
  })
})

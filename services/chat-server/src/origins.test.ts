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
    const headers = { ...(origin === undefined ? {} : { origin }), host }
    expect(isAllowedOrigin(headers, allowed)).toBe(expected)
  })
})

import { describe, expect, it } from '@jest/globals'
import { isAllowedOrigin } from './origins.ts'

describe('the origin of a page', () => {
  it.each([
    ['a program without a page', undefined, 'chat.example:3001', [], true],
    [
      'a page of the same host on another port',
      'http://chat.example:3000',
      'chat.example:3001',
      [],
      true,
    ],
    ['a page of another host', 'https://evil.example', 'chat.example:3001', [], false],
    [
      'a page of a host whose name only ends alike',
      'https://evilchat.example',
      'chat.example',
      [],
      false,
    ],
    [
      'a page of a listed origin',
      'https://app.example',
      'chat.example',
      ['https://app.example'],
      true,
    ],
    [
      'a page of a listed host with another scheme',
      'http://app.example',
      'chat.example',
      ['https://app.example'],
      false,
    ],
    ['a sandboxed page', 'null', 'chat.example', [], false],
    ['a page beside an invalid host header', 'https://a.example', ':::', [], false],
  ])(
    '%s sends origin %s to %s, with %j listed: allowed is %s',
    (_what, origin, host, allowed, expected) => {
      expect(isAllowedOrigin(origin, [host], allowed)).toBe(expected)
    },
  )

  it('allows pages of any host by which the client may have reached the server', () => {
    expect(isAllowedOrigin('https://a.example', ['inner:3001', 'a.example:443'], [])).toBe(true)
    expect(isAllowedOrigin('https://b.example', ['inner:3001', 'a.example:443'], [])).toBe(false)
    expect(isAllowedOrigin('https://b.example', [], [])).toBe(false)
  })
})

import { describe, expect, it } from '@jest/globals'
import { ClientAddresses } from './client-addresses.ts'

const addresses = new ClientAddresses(['10.0.0.0/8', '192.0.2.1', 'fd00::/8'])

describe('the address of a client', () => {
  it.each([
    ['who is no proxy is whoever it is, whatever it says', '203.0.113.9', '1.2.3.4', '203.0.113.9'],
    ['who says nothing', '203.0.113.9', undefined, '203.0.113.9'],
    ['behind a proxy is what that proxy says', '10.1.2.3', '203.0.113.9', '203.0.113.9'],
    ['that a client made up does not count', '10.1.2.3', '1.2.3.4, 203.0.113.9', '203.0.113.9'],
    ['behind two proxies', '10.1.2.3', '1.2.3.4, 203.0.113.9, 192.0.2.1', '203.0.113.9'],
    ['that claims to be a proxy', '192.0.2.1', '10.9.9.9', '10.9.9.9'],
    ['of IPv6', 'fd00::1', '2001:db8::7', '2001:db8::7'],
    ['behind a proxy that is written as IPv6', '::ffff:10.1.2.3', '203.0.113.9', '203.0.113.9'],
    ['behind a proxy that says nothing', '10.1.2.3', undefined, '10.1.2.3'],
    ['behind a proxy that says nonsense', '10.1.2.3', '203.0.113.9, unknown', '10.1.2.3'],
    ['behind a proxy that says a port', '10.1.2.3', '203.0.113.9:80', '10.1.2.3'],
    ['behind a proxy that says ever so many', '10.1.2.3', '10.0.0.1,'.repeat(999), '10.1.2.3'],
  ])('%s', (_what, peer, forwardedFor, client) => {
    expect(addresses.of(peer, forwardedFor)).toBe(client)
  })

  it('is the peer where no proxy is trusted', () => {
    const none = new ClientAddresses([])
    expect(none.of('127.0.0.1', '1.2.3.4')).toBe('127.0.0.1')
    expect(none.isProxy('127.0.0.1')).toBe(false)
  })
})

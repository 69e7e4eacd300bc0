import { describe, expect, it } from '@jest/globals'
import { type ProxiedRequest, TrustedProxies } from './trusted-proxies.ts'

const proxies = new TrustedProxies(['10.0.0.0/8', '192.0.2.1', 'fd00::/8'])
const request = (peer: string, headers: Record<string, string> = {}): ProxiedRequest => ({
  headers,
  socket: { remoteAddress: peer },
})
const xff = (text: string | undefined): Record<string, string> =>
  text === undefined ? {} : { 'x-forwarded-for': text }

describe('the address of a client', () => {
  it.each([
    [
      'that is no proxy is that of the peer, and its header does not count',
      '203.0.113.9',
      '1.2.3.4',
      '203.0.113.9',
    ],
    ['that sends no header is that of the peer', '203.0.113.9', undefined, '203.0.113.9'],
    ['behind a proxy is the one in the proxy’s header', '10.1.2.3', '203.0.113.9', '203.0.113.9'],
    ['invented by a client does not count', '10.1.2.3', '1.2.3.4, 203.0.113.9', '203.0.113.9'],
    [
      'behind two proxies is the one before them',
      '10.1.2.3',
      '1.2.3.4, 203.0.113.9, 192.0.2.1',
      '203.0.113.9',
    ],
    ['that is also in a proxy’s network is read', '192.0.2.1', '10.9.9.9', '10.9.9.9'],
    ['of IPv6', 'fd00::1', '2001:db8::7', '2001:db8::7'],
    ['behind a proxy that is written as IPv6', '::ffff:10.1.2.3', '203.0.113.9', '203.0.113.9'],
    ['behind a proxy without a header', '10.1.2.3', undefined, '10.1.2.3'],
    ['behind a proxy with nonsense in its header', '10.1.2.3', '203.0.113.9, nonsense', '10.1.2.3'],
    ['behind a proxy that does not know it', '10.1.2.3', '203.0.113.9, unknown', '10.1.2.3'],
    ['behind a proxy that hides it', '10.1.2.3', '_hidden', '10.1.2.3'],
    ['with a port', '10.1.2.3', '203.0.113.9:50123', '203.0.113.9'],
    [
      'with a port behind two proxies with ports',
      '10.1.2.3',
      '203.0.113.9:1, 10.0.0.1:65535',
      '203.0.113.9',
    ],
    ['of IPv6 in brackets', '10.1.2.3', '[2001:db8::7]', '2001:db8::7'],
    ['of IPv6 with a port', '10.1.2.3', '[2001:db8::7]:443', '2001:db8::7'],
    ['of IPv6 with a zone', '10.1.2.3', 'fe80::7%eth0', 'fe80::7'],
    ['of IPv4 written as IPv6', '10.1.2.3', '::ffff:203.0.113.9', '203.0.113.9'],
    ['of IPv4 written as IPv6 in hexadecimal', '10.1.2.3', '[::ffff:cb00:7109]:80', '203.0.113.9'],
    ['between empty parts and blanks', '10.1.2.3', ' , 203.0.113.9 ,,\t', '203.0.113.9'],
    ['that is too large a number', '10.1.2.3', '203.0.113.999', '10.1.2.3'],
    ['with letters for a port', '10.1.2.3', '203.0.113.9:http', '10.1.2.3'],
    ['behind a proxy that lists very many', '10.1.2.3', '10.0.0.1,'.repeat(999), '10.0.0.1'],
  ])('the address of a client %s', (_case, peer, forwardedFor, client) => {
    expect(proxies.clientOf(request(peer, xff(forwardedFor)))).toBe(client)
  })

  it.each([
    ['in the standard header', 'for=203.0.113.9', '203.0.113.9'],
    ['with a port and more', 'For="203.0.113.9:80";proto=https;by=10.1.2.3', '203.0.113.9'],
    ['of IPv6', 'for="[2001:db8::7]:4711"', '2001:db8::7'],
    ['invented by a client does not count', 'for=1.2.3.4, for=203.0.113.9', '203.0.113.9'],
    ['behind two proxies is the one before them', 'for=203.0.113.9, for=10.0.0.1', '203.0.113.9'],
    ['with commas in a quoted part', 'for=203.0.113.9;by="_a,b\\"; for=x"', '203.0.113.9'],
    ['that is hidden', 'for=_secret, for=10.0.0.1', '10.0.0.1'],
    ['that is left out', 'proto=https', '10.1.2.3'],
    ['in a header that is malformed', 'for=203.0.113.9; for', '10.1.2.3'],
  ])('the address of a client %s: %s', (_case, forwarded, client) => {
    expect(proxies.clientOf(request('10.1.2.3', { forwarded }))).toBe(client)
  })

  it('takes the address of the proxy if both headers exist and differ, because one may be invented', () => {
    const headers = (forwarded: string) => ({ ...xff('203.0.113.9'), forwarded })
    expect(proxies.clientOf(request('10.1.2.3', headers('for=1.2.3.4')))).toBe('10.1.2.3')
    expect(proxies.clientOf(request('10.1.2.3', headers('nonsense')))).toBe('10.1.2.3')
    expect(proxies.clientOf(request('10.1.2.3', headers('for=203.0.113.9')))).toBe('203.0.113.9')
  })

  it.each(['::ffff:10.1.2.3', '::ffff:10.0.0.0/104', '10.0.0.0/8'])(
    'reads the client behind a proxy that is trusted as %s, in each notation of its address',
    (network) => {
      const some = new TrustedProxies([network])
      for (const peer of ['10.1.2.3', '::ffff:10.1.2.3'])
        expect(some.clientOf(request(peer, xff('203.0.113.9')))).toBe('203.0.113.9')
      expect(some.clientOf(request('11.1.2.3', xff('203.0.113.9')))).toBe('11.1.2.3')
    },
  )

  it('takes the address of the peer if no proxy is trusted, and writes IPv4 as IPv4', () => {
    const none = new TrustedProxies([])
    expect(none.clientOf(request('::ffff:127.0.0.1', xff('1.2.3.4')))).toBe('127.0.0.1')
    expect(none.isProxy('127.0.0.1')).toBe(false)
    expect(none.clientOf({ headers: {}, socket: {} })).toBe('')
  })
})

describe('the scheme and the host in a proxy’s headers', () => {
  it.each([
    [{ 'x-forwarded-proto': 'https' }, true],
    [{ 'x-forwarded-proto': 'HTTPS' }, true],
    [{ 'x-forwarded-proto': 'wss' }, true],
    [{ 'x-forwarded-proto': 'https, http' }, true],
    [{ 'x-forwarded-proto': 'http, https' }, false],
    [{ 'x-forwarded-proto': 'http', forwarded: 'proto=https' }, false],
    [{ forwarded: 'for=203.0.113.9;proto=https' }, true],
    [{ forwarded: 'for=203.0.113.9;proto=http' }, false],
    [{ forwarded: 'proto' }, false],
    [{}, false],
  ])('reads whether the client used TLS from %j: %s', (headers, secure) => {
    const sent = headers as Record<string, string>
    expect(proxies.isSecure(request('10.1.2.3', sent))).toBe(secure)
    expect(proxies.isSecure(request('203.0.113.9', sent))).toBe(false)
  })

  it.each([
    [{ host: 'inner:3001' }, ['inner:3001']],
    [{ host: 'inner', 'x-forwarded-host': 'chat.example, cdn' }, ['inner', 'chat.example']],
    [{ host: 'inner', forwarded: 'host="chat.example:8443"' }, ['inner', 'chat.example:8443']],
    [{ host: 'inner', forwarded: 'host=' }, ['inner']],
  ])('reads from %j the hosts %j', (headers, hosts) => {
    const sent = headers as Record<string, string>
    expect(proxies.hostsOf(request('10.1.2.3', sent))).toEqual(hosts)
    expect(proxies.hostsOf(request('203.0.113.9', sent))).toEqual([sent['host']])
  })
})

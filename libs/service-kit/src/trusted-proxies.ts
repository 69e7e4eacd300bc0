import { BlockList, isIP } from 'node:net'
import { forwardedAddress, type ForwardedHop, forwardedHops, plainAddress } from './forwarded.ts'

const mappedBits = 96

/**
 * The parts of a request that show where it came from. Node joins several lines of one header with
 * commas.
 */
export interface ProxiedRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly socket: { readonly remoteAddress?: string | undefined }
}

/**
 * Reads from the headers of the operator's proxies: the client's address, whether the client used
 * TLS, and the host that it named. Headers from other peers do not count.
 */
export class TrustedProxies {
  readonly #proxies = new BlockList()

  /** `networks`: addresses and networks that `envNetworks` has checked. */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [text = '', bits] = network.split('/')
      const address = plainAddress(text) ?? text
      const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
      // The first 96 bits of an IPv4 network written as IPv6 are its prefix as IPv4.
      const cut = family === 'ipv4' && text !== address ? mappedBits : 0
      if (bits === undefined) this.#proxies.addAddress(address, family)
      else this.#proxies.addSubnet(address, Math.max(0, Number(bits) - cut), family)
    }
  }

  isProxy(address: string): boolean {
    const plain = plainAddress(address)
    return plain !== null && this.#proxies.check(plain, isIP(plain) === 4 ? 'ipv4' : 'ipv6')
  }

  /**
   * The nearest hop that is not one of our proxies; its claims about earlier hops are unchecked.
   * Each proxy appends the address of its peer to `X-Forwarded-For` or `Forwarded`. Example: our
   * proxy 10.0.0.1 sends `X-Forwarded-For: 1.2.3.4, 203.0.113.9`; the client is 203.0.113.9, which
   * may have invented 1.2.3.4.
   *
   * If a part is not an address, the proxy that sent it counts as the client. Our proxy writes one
   * of the two headers, and may pass on the other one as the client invented it. So if both exist
   * and differ, neither counts.
   */
  clientOf(request: ProxiedRequest): string {
    const peer = peerOf(request)
    if (!this.isProxy(peer)) return peer
    const listed = headerOf(request, 'x-forwarded-for')
    const hops = hopsOf(request)
    const byList = listed === undefined ? null : this.#walk(peer, listed.split(','))
    const byHops = hops === undefined ? null : this.#walk(peer, (hops ?? [{}]).map(addressOfHop))
    if (byList === null || byHops === null) return byList ?? byHops ?? peer
    return byList === byHops ? byList : peer
  }

  /**
   * True if the client used TLS, which ended at one of our proxies (`X-Forwarded-Proto: https`, or
   * `Forwarded: proto=https`).
   */
  isSecure(request: ProxiedRequest): boolean {
    if (!this.isProxy(peerOf(request))) return false
    const [first] = headerOf(request, 'x-forwarded-proto')?.split(',') ?? []
    const scheme = first ?? hopsOf(request)?.[0]?.proto ?? ''
    return /^(https|wss)$/i.test(scheme.trim())
  }

  /**
   * The hosts, with ports, that the client may have named: `Host`, and the earlier host in the
   * header of our proxy.
   */
  hostsOf(request: ProxiedRequest): string[] {
    const hosts = [headerOf(request, 'host')]
    if (this.isProxy(peerOf(request))) {
      const [first] = headerOf(request, 'x-forwarded-host')?.split(',') ?? []
      hosts.push(first?.trim() ?? hopsOf(request)?.[0]?.host)
    }
    return hosts.filter((host) => host !== undefined && host !== '') as string[]
  }

  #walk(peer: string, parts: readonly string[]): string {
    let client = peer
    for (const part of parts.toReversed()) {
      if (part.trim() === '') continue
      if (!this.isProxy(client)) break
      const address = forwardedAddress(part)
      if (address === null) break
      client = address
    }
    return client
  }
}

function peerOf({ socket }: ProxiedRequest): string {
  const address = socket.remoteAddress ?? ''
  return plainAddress(address) ?? address
}

function headerOf({ headers }: ProxiedRequest, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

/** Undefined: the request has no such header; null: the header is malformed. */
function hopsOf(request: ProxiedRequest): ForwardedHop[] | null | undefined {
  const header = headerOf(request, 'forwarded')
  return header === undefined ? undefined : forwardedHops(header)
}

/** A hop without `for` hides its address. */
function addressOfHop(hop: ForwardedHop): string {
  return hop.for ?? 'unknown'
}

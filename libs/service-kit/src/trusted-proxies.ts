import { BlockList, isIP } from 'node:net'
import { forwardedAddress, type ForwardedHop, forwardedHops, plainAddress } from './forwarded.ts'

const mappedBits = 96

/**
 * What of a request tells where it comes from; Node joins several lines of one header with commas.
 */
export interface ProxiedRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly socket: { readonly remoteAddress?: string | undefined }
}

/**
 * Tells what the proxies of the operator say of a request: whose it is, whether the client spoke
 * TLS, and which host it asked for. What anybody else says of it does not count.
 */
export class TrustedProxies {
  readonly #proxies = new BlockList()

  /** `networks`: addresses and networks, as the settings have checked them. */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [text = '', bits] = network.split('/')
      const address = plainAddress(text) ?? text
      const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
      // The first 96 bits of an IPv4 network that is written as IPv6 say just that.
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
   * The nearest hop that is none of our proxies: what it says of those before it, nobody has
   * checked. Each proxy adds who spoke to it at the end of `X-Forwarded-For` or `Forwarded`;
   * something there that is no address is taken for nobody, and the proxy that let it pass for the
   * client. A proxy of ours writes one of both headers and may let a client's other one pass: where
   * both stand and differ, neither counts.
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
   * Whether the client came by TLS, which ended at a proxy of ours (`X-Forwarded-Proto: https`, or
   * `Forwarded: proto=https`).
   */
  isSecure(request: ProxiedRequest): boolean {
    if (!this.isProxy(peerOf(request))) return false
    const [first] = headerOf(request, 'x-forwarded-proto')?.split(',') ?? []
    const scheme = first ?? hopsOf(request)?.[0]?.proto ?? ''
    return /^(https|wss)$/i.test(scheme.trim())
  }

  /**
   * The hosts, with ports, by which the client may have asked for this server: `Host`, and what a
   * proxy of ours says that it was before.
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

/** Undefined: there is no such header; null: it is malformed. */
function hopsOf(request: ProxiedRequest): ForwardedHop[] | null | undefined {
  const header = headerOf(request, 'forwarded')
  return header === undefined ? undefined : forwardedHops(header)
}

/** A hop that hides who came is nobody. */
function addressOfHop(hop: ForwardedHop): string {
  return hop.for ?? 'unknown'
}

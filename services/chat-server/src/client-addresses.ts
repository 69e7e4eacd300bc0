import { BlockList, isIP } from 'node:net'

/** Tells whose address a request comes from, where proxies stand in between. */
export class ClientAddresses {
  readonly #proxies = new BlockList()

  /** `trustedProxies`: addresses and networks, as the settings have checked them. */
  constructor(trustedProxies: readonly string[]) {
    for (const proxy of trustedProxies) {
      const [address = '', bits] = proxy.split('/')
      const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
      if (bits === undefined) this.#proxies.addAddress(address, family)
      else this.#proxies.addSubnet(address, Number(bits), family)
    }
  }

  isProxy(address: string): boolean {
    const family = isIP(address)
    return family !== 0 && this.#proxies.check(address, family === 4 ? 'ipv4' : 'ipv6')
  }

  /**
   * The nearest hop that is none of our proxies: what it says of those before it, nobody has checked. Each proxy adds who spoke to it at the
   * end of `X-Forwarded-For`; something there that is no address is taken for nobody, and the proxy that let it pass for the client.
   */
  of(peer: string, forwardedFor: string | undefined): string {
    let client = peer
    const hops = forwardedFor?.split(',') ?? []
    while (this.isProxy(client)) {
      const hop = hops.pop()?.trim() ?? ''
      if (isIP(hop) === 0) break
      client = hop
    }
    return client
  }
}

import { clientNetwork } from '@rookery/accounts'
import { TokenBucket } from './token-bucket.ts'

export interface AdmissionLimits {
  /** Sockets of one network that have not said who they are. */
  maxUnauthenticatedPerAddress: number
  handshakesPerAddress: { points: number; windowMs: number }
}

interface Network {
  /** Connections on which no socket has been opened yet. */
  silent: number
  unauthenticated: number
  handshakes: TokenBucket
  seenAt: number
}

export type Admitted =
  | { ok: true; /** To be called when it authenticates or ends, once or more. */ known: () => void }
  | { ok: false; retryAfterMs: number }

const maxNetworks = 100_000
const retryAfterMs = 1_000

/** Who may open a socket, by address (IPv6: by /64 network): so many a time, and so many that nobody knows. */
export class Admission {
  readonly #limits: AdmissionLimits
  readonly #networks = new Map<string, Network>()

  constructor(limits: AdmissionLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#networks.size
  }

  /**
   * A connection, of whom a socket may come. Null: this network has as many already that say nothing. Else to be called when it says something
   * or ends, once or more.
   */
  connect(address: string, nowMs: number): (() => void) | null {
    const network = this.#network(clientNetwork(address))
    network.seenAt = nowMs
    if (network.silent >= this.#limits.maxUnauthenticatedPerAddress) return null
    network.silent += 1
    return once(() => (network.silent -= 1))
  }

  admit(address: string, nowMs: number): Admitted {
    const name = clientNetwork(address)
    const network = this.#network(name)
    network.seenAt = nowMs
    const waitMs = network.handshakes.take(nowMs)
    if (waitMs > 0) return { ok: false, retryAfterMs: Math.max(waitMs, retryAfterMs) }
    if (network.unauthenticated >= this.#limits.maxUnauthenticatedPerAddress)
      return { ok: false, retryAfterMs }
    network.unauthenticated += 1
    return { ok: true, known: once(() => (network.unauthenticated -= 1)) }
  }

  /** Every second: forgets networks whose buckets are full again. */
  sweep(nowMs: number): void {
    const { windowMs } = this.#limits.handshakesPerAddress
    for (const [name, { silent, unauthenticated, seenAt }] of this.#networks)
      if (silent + unauthenticated === 0 && nowMs - seenAt > windowMs) this.#networks.delete(name)
  }

  #network(name: string): Network {
    const known = this.#networks.get(name)
    if (known !== undefined) return known
    const { points, windowMs } = this.#limits.handshakesPerAddress
    const handshakes = new TokenBucket((points / windowMs) * 1000, points)
    const network = { silent: 0, unauthenticated: 0, handshakes, seenAt: 0 }
    this.#networks.set(name, network)
    if (this.#networks.size > maxNetworks) {
      const [oldest] = this.#networks.keys()
      if (oldest !== undefined) this.#networks.delete(oldest)
    }
    return network
  }
}

function once(work: () => void): () => void {
  let done = false
  return () => {
    if (!done) work()
    done = true
  }
}

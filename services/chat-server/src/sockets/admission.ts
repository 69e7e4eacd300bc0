import { clientNetwork } from '@rookery/accounts'
import { TokenBucket } from './token-bucket.ts'

export interface AdmissionLimits {
  /** Sockets of one network that have not authenticated. */
  maxUnauthenticatedPerAddress: number
  handshakesPerAddress: { points: number; windowMs: number }
}

interface Network {
  /** TCP connections on which no WebSocket has been opened yet. */
  silent: number
  unauthenticated: number
  handshakes: TokenBucket
  seenAt: number
}

export type Admitted =
  /**
   * `known` is to be called when the socket authenticates or ends. Calling it again is harmless.
   */
  { ok: true; known: () => void } | { ok: false; retryAfterMs: number }

const maxNetworks = 100_000
const retryAfterMs = 1_000

/**
 * Bounds, by address (IPv6: by /64 network), how many sockets are opened in a time, and how many
 * stay unauthenticated.
 */
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
   * Counts a new TCP connection.
   *
   * @returns null if its network has too many silent ones already; else a function to call when it
   *   sends something or ends (calling it again is harmless)
   */
  connect(address: string, nowMs: number): (() => void) | null {
    const network = this.#network(clientNetwork(address))
    network.seenAt = nowMs
    if (network.silent >= this.#limits.maxUnauthenticatedPerAddress) return null
    network.silent += 1
    return once(() => (network.silent -= 1))
  }

  /** Counts a new WebSocket, or says when to come again. */
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

  /** Every second: forgets networks without open counts whose allowance is full again. */
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

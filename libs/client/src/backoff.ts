export interface BackoffOptions {
  /** The first ceiling. Default 1,000. */
  minMs?: number
  /** The last ceiling. Default 30,000. */
  maxMs?: number
  /** In [0, 1). Default Math.random. */
  random?: () => number
}

/**
 * Waits that double from `minMs` to `maxMs`, each with full jitter (uniform from 0 to the ceiling),
 * so that the clients of a dead server do not come back in step. Example: the third wait is between
 * 0 and 4 s.
 */
export class Backoff {
  readonly #minMs: number
  readonly #maxMs: number
  readonly #random: () => number
  #failures = 0

  constructor(options: BackoffOptions = {}) {
    this.#minMs = options.minMs ?? 1000
    this.#maxMs = options.maxMs ?? 30_000
    this.#random = options.random ?? Math.random
  }

  /** Milliseconds to wait before the next attempt. Doubles the ceiling for the one after. */
  next(): number {
    const ceilingMs = Math.min(this.#maxMs, this.#minMs * 2 ** this.#failures)
    this.#failures++
    return this.#random() * ceilingMs
  }

  reset(): void {
    this.#failures = 0
  }
}

export interface LimiterOptions {
  /** Pieces of work that may run concurrently. */
  atOnce: number
  /** Pieces that may wait. */
  maxWaiting: number
  /**
   * A piece of work that has waited for longer is refused when its turn comes: the engine is
   * probably away, and the piece would only time out as well.
   */
  maxWaitMs: number
  /** The error of a refused piece of work. */
  overloaded: () => Error
}

/**
 * Runs at most `atOnce` pieces of work concurrently. The others wait in the order of their calls.
 */
export class Limiter {
  readonly #options: LimiterOptions
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(options: LimiterOptions) {
    this.#options = options
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** @throws the error of `overloaded`: too many pieces wait, or this one waited for too long */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const { atOnce, maxWaiting, maxWaitMs, overloaded } = this.#options
    const isFull = this.#running >= atOnce
    if (isFull && this.#waiting.length >= maxWaiting) throw overloaded()
    const sinceMs = performance.now()
    // A piece that ends hands its place to the next, so `#running` stays the same.
    if (isFull) await new Promise<void>((wake) => this.#waiting.push(wake))
    else this.#running += 1
    try {
      if (performance.now() - sinceMs > maxWaitMs) throw overloaded()
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }
}

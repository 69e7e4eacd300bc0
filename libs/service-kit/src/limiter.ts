export interface LimiterOptions {
  /** Pieces of work that run together. */
  atOnce: number
  /** Pieces that may wait. */
  maxWaiting: number
  /**
   * A piece of work that waited for longer is refused instead of begun: its engine is away, and a
   * queue of time-outs helps no caller.
   */
  maxWaitMs: number
  /** The error of a refused piece of work. */
  overloaded: () => Error
}

/** Runs this many pieces of work together. The others wait in the order of their calls. */
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

  /** @throws the error of `overloaded`: too many wait, or this one has waited for too long */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const { atOnce, maxWaiting, maxWaitMs, overloaded } = this.#options
    const isFull = this.#running >= atOnce
    if (isFull && this.#waiting.length >= maxWaiting) throw overloaded()
    const sinceMs = performance.now()
    // A piece that is woken takes over the place of the one that woke it.
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

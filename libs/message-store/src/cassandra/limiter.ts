import { StoreError } from '../message-store.ts'

export interface Limits {
  atOnce: number
  maxWaiting: number
  /** Who waited for longer is refused instead of begun: then the engine is away, and a queue of time-outs helps nobody. */
  maxWaitMs: number
}

/** Runs at most so many pieces of work at once; the others wait in the order they came. */
export class Limiter {
  readonly #limits: Limits
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** @throws StoreError `unavailable`: it had to wait for too long */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const { atOnce, maxWaiting, maxWaitMs } = this.#limits
    if (this.#waiting.length >= maxWaiting) throw overloaded()
    const sinceMs = performance.now()
    // Who is woken takes over the place of who woke it.
    if (this.#running >= atOnce) await new Promise<void>((wake) => this.#waiting.push(wake))
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

function overloaded(): StoreError {
  return new StoreError('unavailable', 'too many requests wait for the store')
}

import { RequestError } from '../request-error.ts'

export interface TurnstileLimits {
  atOnce: number
  maxWaiting: number
  /** Who has waited for longer is sent away: they come back when fewer are here. */
  maxWaitMs: number
}

const retryAfterMs = 1_000
/** Spread over this, so that those who were sent away together do not come back together. */
const retrySpreadMs = 4_000

/**
 * Lets so many through at a time, the others in the order they came. When all sockets of a platform come back at once, each gets its list soon
 * or an early word to come later, instead of all of them getting nowhere together.
 */
export class Turnstile {
  readonly #limits: TurnstileLimits
  readonly #waiting: (() => void)[] = []
  #inside = 0

  constructor(limits: TurnstileLimits) {
    this.#limits = limits
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** @throws RequestError `unavailable`, with a time to come back, if it is too full or the wait was too long */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    const { atOnce, maxWaiting, maxWaitMs } = this.#limits
    const full = this.#inside >= atOnce
    if (full && this.#waiting.length >= maxWaiting) throw tooFull()
    const sinceMs = performance.now()
    // Who is woken takes over the place of who woke it.
    if (full) await new Promise<void>((wake) => this.#waiting.push(wake))
    else this.#inside += 1
    try {
      if (performance.now() - sinceMs > maxWaitMs) throw tooFull()
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#inside -= 1
      else next()
    }
  }
}

function tooFull(): RequestError {
  return new RequestError('unavailable', 'too many come at once, come back in a moment', {
    retryAfterMs: retryAfterMs + Math.floor(Math.random() * retrySpreadMs),
  })
}

/**
 * Allows `perSecond` on average and bursts of `burst`. Each refused request is told a time of its
 * own to come back, one after the other, so that a client which obeys is let through.
 *
 * Example: with 10 a second, three requests that are refused together are told 100, 200 and 300 ms.
 */
export class TokenBucket {
  readonly #msPerToken: number
  readonly #burst: number
  #tokens: number
  #updatedAt = 0
  /** The latest time that a refused request was told. */
  #lastToldAt = 0

  constructor(perSecond: number, burst: number) {
    this.#msPerToken = 1000 / perSecond
    this.#burst = burst
    this.#tokens = burst
  }

  /** Takes one token. @returns 0, or in how many ms to come back */
  take(nowMs: number): number {
    const grown = Math.max(0, nowMs - this.#updatedAt) / this.#msPerToken
    this.#tokens = Math.min(this.#burst, this.#tokens + grown)
    this.#updatedAt = nowMs
    if (this.#tokens >= 1) {
      this.#tokens -= 1
      return 0
    }
    const nextAt = nowMs + (1 - this.#tokens) * this.#msPerToken
    this.#lastToldAt = Math.max(nextAt, this.#lastToldAt + this.#msPerToken)
    return Math.ceil(this.#lastToldAt - nowMs)
  }

  /** How many refused requests were told times that are still to come. */
  waiting(nowMs: number): number {
    return Math.max(0, Math.ceil((this.#lastToldAt - nowMs) / this.#msPerToken))
  }
}

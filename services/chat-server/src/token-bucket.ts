/** Allows `perSecond` on average and `burst` at once. */
export class TokenBucket {
  readonly #perSecond: number
  readonly #burst: number
  #tokens: number
  #updatedAt = 0

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#tokens = burst
  }

  /** Takes one token: 0, or how many ms until there is one. */
  take(nowMs: number): number {
    const grown = this.#tokens + (Math.max(0, nowMs - this.#updatedAt) / 1000) * this.#perSecond
    this.#tokens = Math.min(this.#burst, grown)
    this.#updatedAt = nowMs
    if (this.#tokens >= 1) {
      this.#tokens -= 1
      return 0
    }
    return Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1000)
  }
}

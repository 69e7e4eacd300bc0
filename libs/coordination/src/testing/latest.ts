/** Keeps the last value it was given, and lets a test wait for one. */
export class Latest<Value> {
  #value: Value | undefined
  readonly #waiting = new Set<() => void>()
  /** How often a value came. */
  count = 0

  get value(): Value | undefined {
    return this.#value
  }

  readonly set = (value: Value): void => {
    this.#value = value
    this.count += 1
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }

  /**
   * Resolves with the first value, from the present one on, for which the condition holds. The
   * test's time-out is the bound.
   */
  async until(condition: (value: Value) => boolean): Promise<Value> {
    for (;;) {
      const value = this.#value
      if (value !== undefined && condition(value)) return value
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }
}

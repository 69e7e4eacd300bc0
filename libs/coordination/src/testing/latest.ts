/** Keeps the latest value that was set, and lets a test wait for a value. */
export class Latest<Value> {
  #value: Value | undefined
  readonly #waiting = new Set<() => void>()
  /** How often a value was set. */
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
   * Resolves with the first value for which the condition holds, beginning with the present one.
   * The time-out of the test bounds it.
   */
  async until(condition: (value: Value) => boolean): Promise<Value> {
    for (;;) {
      const value = this.#value
      if (value !== undefined && condition(value)) return value
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }
}

import type { Stop } from '../bridge.ts'

/** Keeps the latest value of a watch, and waits for matching values. */
export class Observed<T> {
  readonly #waiting = new Set<() => void>()
  #latest: T | null = null
  readonly stop: Stop

  constructor(watch: (onChange: (value: T) => void) => Stop) {
    this.stop = watch((value) => {
      this.#latest = value
      for (const check of this.#waiting) check()
    })
  }

  /** Resolves with the first value that `matches`, beginning with the latest one. */
  async until(matches: (value: T) => boolean): Promise<T> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (this.#latest === null || !matches(this.#latest)) return
        this.#waiting.delete(check)
        resolve(this.#latest)
      }
      this.#waiting.add(check)
      check()
    })
  }
}

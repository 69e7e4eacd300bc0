/** Runs at most so many pieces of work at once; the others wait in the order they came. */
export class Limiter {
  readonly #atOnce: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(atOnce: number) {
    this.#atOnce = atOnce
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    // Who is woken takes over the place of who woke it.
    if (this.#running >= this.#atOnce) await new Promise<void>((wake) => this.#waiting.push(wake))
    else this.#running += 1
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }
}

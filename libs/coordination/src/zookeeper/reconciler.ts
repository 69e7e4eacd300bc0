/**
 * Brings what is there into line with what shall be, again and again. Runs never overlap, and calls during a run make one more run after it, so what
 * changed meanwhile is not missed.
 */
export class Reconciler {
  readonly #work: () => Promise<void>
  #current: Promise<void> | null = null
  #next: Promise<void> | null = null

  constructor(work: () => Promise<void>) {
    this.#work = work
  }

  /** The outcome of a run that begins after this call. */
  run(): Promise<void> {
    if (this.#current === null) return this.#start()
    this.#next ??= this.#current
      .catch(() => undefined)
      .then(() => {
        this.#next = null
        return this.#start()
      })
    return this.#next
  }

  /** A failure does not matter: there will be another reason to look. */
  readonly look = (): void => {
    this.run().catch(() => undefined)
  }

  #start(): Promise<void> {
    const current = this.#work().finally(() => {
      if (this.#current === current) this.#current = null
    })
    this.#current = current
    return current
  }
}

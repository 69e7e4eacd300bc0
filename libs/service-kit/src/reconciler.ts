export interface ReconcilerOptions {
  /** Also runs at this interval, unless a run is under way. */
  everyMs?: number
  /** Called with the error of each failed run that `poke` or the interval began. */
  onError: (error: unknown) => void
}

/**
 * Repeats work that brings the actual state into line with the wanted state. Runs never overlap.
 * Calls during a run cause one more run after it, so that no change is missed.
 */
export class Reconciler {
  readonly #work: () => Promise<void>
  readonly #onError: (error: unknown) => void
  readonly #timer: NodeJS.Timeout | null
  #current: Promise<void> | null = null
  #next: Promise<void> | null = null
  /** `poke` was called, and the run for it has not begun. */
  #poked = false
  #closed = false

  constructor(work: () => Promise<void>, { everyMs, onError }: ReconcilerOptions) {
    this.#work = work
    this.#onError = onError
    this.#timer = everyMs === undefined ? null : setInterval(() => this.#tick(), everyMs).unref()
  }

  /** Causes a run that begins after this call. Never throws; a failure goes to `onError`. */
  poke(): void {
    if (this.#poked || this.#closed) return
    this.#poked = true
    this.run().catch((error: unknown) => {
      if (!this.#closed) this.#onError(error)
    })
  }

  /** The outcome of a run that begins after this call. Once closed, it resolves without a run. */
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

  /** Lets no further run begin. Resolves when the current one has ended. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer !== null) clearInterval(this.#timer)
    await this.#current?.catch(() => undefined)
  }

  #tick(): void {
    if (this.#current === null) this.poke()
  }

  #start(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    this.#poked = false
    const current = this.#work().finally(() => {
      if (this.#current === current) this.#current = null
    })
    this.#current = current
    return current
  }
}

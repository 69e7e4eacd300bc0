export interface ReconcilerOptions {
  /** Also runs at this interval, unless a run is under way. */
  everyMs?: number
  /** Told of the failure of each run that nobody waits for. */
  onError: (error: unknown) => void
}

/**
 * Brings the actual state into line with the wanted state, again and again. Runs never overlap. A
 * call during a run makes one more run after it, so no change is missed.
 */
export class Reconciler {
  readonly #work: () => Promise<void>
  readonly #onError: (error: unknown) => void
  readonly #timer: NodeJS.Timeout | null
  #current: Promise<void> | null = null
  #next: Promise<void> | null = null
  /** A run for which no caller waits was asked for, and has not begun. */
  #poked = false
  #closed = false

  constructor(work: () => Promise<void>, { everyMs, onError }: ReconcilerOptions) {
    this.#work = work
    this.#onError = onError
    this.#timer = everyMs === undefined ? null : setInterval(() => this.#tick(), everyMs).unref()
  }

  /** Asks for a run that begins after this call. Never throws; a failure goes to `onError`. */
  poke(): void {
    if (this.#poked || this.#closed) return
    this.#poked = true
    this.run().catch((error: unknown) => {
      if (!this.#closed) this.#onError(error)
    })
  }

  /** The outcome of a run that begins after this call. Resolves without a run once it is closed. */
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

  /** No run begins from now on. Resolves when none is under way. */
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

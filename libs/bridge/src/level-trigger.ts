export interface LevelTriggerOptions {
  /** Also without being poked. */
  everyMs?: number
  onError: (error: unknown) => void
}

/** Runs one piece of work whenever it is poked: never twice at once, and once more when it was poked meanwhile, so that no change is missed. */
export class LevelTrigger {
  readonly #work: () => Promise<void>
  readonly #onError: (error: unknown) => void
  readonly #timer: NodeJS.Timeout | null
  #running: Promise<void> | null = null
  #again = false
  #closed = false

  constructor(work: () => Promise<void>, { everyMs, onError }: LevelTriggerOptions) {
    this.#work = work
    this.#onError = onError
    this.#timer = everyMs === undefined ? null : setInterval(() => this.poke(), everyMs).unref()
  }

  poke(): void {
    if (this.#closed) return
    this.#again = true
    this.#running ??= this.#run()
  }

  /** Resolves when nothing is at work any more. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer !== null) clearInterval(this.#timer)
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false
      try {
        await this.#work()
      } catch (error) {
        if (!this.#closed) this.#onError(error)
      }
    }
    this.#running = null
  }
}

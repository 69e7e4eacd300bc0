import { steadyNow } from './steady-now.ts'

/** Called with the time of `steadyNow`. It must be short and synchronous. */
export type Sweep = (nowMs: number) => void

/**
 * One interval timer for many callbacks that remove expired or idle entries. So no socket or entry
 * needs its own timer. The timer does not keep the process alive.
 */
export class Sweeper {
  readonly #sweeps = new Set<{ sweep: Sweep }>()
  readonly #timer: NodeJS.Timeout
  readonly #onError: (error: unknown) => void

  /** An error of a callback goes to `onError`. The other callbacks still run. */
  constructor(intervalMs: number, onError: (error: unknown) => void) {
    this.#onError = onError
    this.#timer = setInterval(() => this.#run(), intervalMs).unref()
  }

  /** @returns a function that removes the callback */
  add(sweep: Sweep): () => void {
    const entry = { sweep }
    this.#sweeps.add(entry)
    return () => void this.#sweeps.delete(entry)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#sweeps.clear()
  }

  #run(): void {
    const nowMs = steadyNow()
    for (const { sweep } of this.#sweeps) {
      try {
        sweep(nowMs)
      } catch (error) {
        this.#onError(error)
      }
    }
  }
}

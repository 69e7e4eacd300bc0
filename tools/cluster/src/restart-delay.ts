const firstMs = 100
const mostMs = 10_000
/** Of a process that lived so long, the next end counts as the first again. */
const soundAfterMs = 10_000

/**
 * How long to wait before a process that ended by itself is started again: at first hardly, and
 * longer if it ends again and again.
 */
export class RestartDelay {
  #nextMs = firstMs

  /** @param livedMs of the process that has just ended */
  next(livedMs: number): number {
    if (livedMs >= soundAfterMs) this.#nextMs = firstMs
    const now = this.#nextMs
    this.#nextMs = Math.min(now * 2, mostMs)
    return now
  }
}

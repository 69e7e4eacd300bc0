const firstMs = 100
const mostMs = 10_000
/** After a process that lived for this time, the next end counts as the first. */
const soundAfterMs = 10_000

/**
 * The wait before a process that ended is restarted: very short at first, and longer if it ends
 * again and again.
 */
export class RestartDelay {
  #nextMs = firstMs

  /** @param livedMs the life of the process that has just ended */
  next(livedMs: number): number {
    if (livedMs >= soundAfterMs) this.#nextMs = firstMs
    const now = this.#nextMs
    this.#nextMs = Math.min(now * 2, mostMs)
    return now
  }
}

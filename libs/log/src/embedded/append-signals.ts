/** Wakes the callers that wait for a partition to grow. */
export class AppendSignals {
  readonly #waiting = new Map<number, Set<() => void>>()

  fire(partition: number): void {
    const waiting = this.#waiting.get(partition)
    this.#waiting.delete(partition)
    for (const wake of waiting ?? []) wake()
  }

  /** Resolves at the next `fire`, or when the signal aborts. */
  next(partition: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let waiting = this.#waiting.get(partition)
      if (waiting === undefined) this.#waiting.set(partition, (waiting = new Set()))
      const wake = (): void => {
        this.#waiting.get(partition)?.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      waiting.add(wake)
      if (signal.aborted) wake()
      else signal.addEventListener('abort', wake)
    })
  }
}

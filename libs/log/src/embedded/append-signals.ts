interface Waiting {
  grown: Promise<void>
  wake(): void
}

/** Wakes the consumers that wait for a partition to grow. */
export class AppendSignals {
  readonly #waiting = new Map<number, Waiting>()

  fire(partition: number): void {
    this.#waiting.get(partition)?.wake()
    this.#waiting.delete(partition)
  }

  /** Resolves at the next `fire`. */
  next(partition: number): Promise<void> {
    let waiting = this.#waiting.get(partition)
    if (waiting === undefined) {
      let wake = (): void => undefined
      const grown = new Promise<void>((resolve) => (wake = resolve))
      this.#waiting.set(partition, (waiting = { grown, wake }))
    }
    return waiting.grown
  }
}

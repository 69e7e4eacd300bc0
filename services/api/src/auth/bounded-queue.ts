/** Runs at most `parallel` tasks at once and lets at most `maxWaiting` wait, in order. */
export class BoundedQueue {
  readonly #parallel: number
  readonly #maxWaiting: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(parallel: number, maxWaiting: number) {
    this.#parallel = parallel
    this.#maxWaiting = maxWaiting
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** The task's outcome; null when too many wait already, and the task was not run. */
  run<T>(task: () => Promise<T>): Promise<T> | null {
    if (this.#running < this.#parallel) return this.#start(task)
    if (this.#waiting.length >= this.#maxWaiting) return null
    return new Promise<void>((resolve) => this.#waiting.push(resolve)).then(() => this.#start(task))
  }

  async #start<T>(task: () => Promise<T>): Promise<T> {
    this.#running++
    try {
      return await task()
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }
}

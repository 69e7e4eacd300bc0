export interface FairQueueBounds {
  /** Tasks that run at once. */
  readonly parallel: number
  /** Tasks that wait, of all keys together … */
  readonly maxWaiting: number
  /** … and of one key. */
  readonly maxWaitingOfKey: number
}

/**
 * Runs a bounded number of tasks at once and lets a bounded number wait. Keys take turns: whoever
 * brings hundreds of tasks delays a stranger's one by as many tasks as there are keys, not by
 * hundreds.
 */
export class FairQueue {
  readonly #bounds: FairQueueBounds
  /** In the order of their turns: a key that has had its turn goes to the end. */
  readonly #waiting = new Map<string, (() => void)[]>()
  #waitingCount = 0
  #running = 0

  constructor(bounds: FairQueueBounds) {
    this.#bounds = bounds
  }

  get waiting(): number {
    return this.#waitingCount
  }

  /** The task's outcome; null when too many wait already, and the task was not run. */
  run<T>(key: string, task: () => Promise<T>): Promise<T> | null {
    if (this.#running < this.#bounds.parallel) return this.#start(task)
    const own = this.#waiting.get(key) ?? []
    if (this.#waitingCount >= this.#bounds.maxWaiting) return null
    if (own.length >= this.#bounds.maxWaitingOfKey) return null
    this.#waitingCount++
    this.#waiting.set(key, own)
    return new Promise<void>((resolve) => own.push(resolve)).then(() => this.#start(task, true))
  }

  /** A task that waited was given the place of the one that ended. */
  async #start<T>(task: () => Promise<T>, inherited = false): Promise<T> {
    if (!inherited) this.#running++
    try {
      return await task()
    } finally {
      if (!this.#passOn()) this.#running--
    }
  }

  #passOn(): boolean {
    const [turn] = this.#waiting
    if (turn === undefined) return false
    const [key, own] = turn
    const next = own.shift()
    this.#waiting.delete(key)
    if (own.length > 0) this.#waiting.set(key, own)
    this.#waitingCount--
    next?.()
    return true
  }
}

export interface FairQueueBounds {
  /** Tasks that may run in parallel. */
  readonly parallel: number
  /** Tasks of all keys that may wait. */
  readonly maxWaiting: number
  /** Tasks of one key that may wait. */
  readonly maxWaitingOfKey: number
}

/**
 * Runs a bounded number of tasks in parallel, and lets a bounded number wait. Keys take turns: with
 * 3 keys waiting, the first task of a fourth key waits for 3 tasks, even if one of those keys has
 * hundreds.
 */
export class FairQueue {
  readonly #bounds: FairQueueBounds
  /** Keys in the order of their turns. A key that has had its turn moves to the end. */
  readonly #waiting = new Map<string, (() => void)[]>()
  #waitingCount = 0
  #running = 0

  constructor(bounds: FairQueueBounds) {
    this.#bounds = bounds
  }

  get waiting(): number {
    return this.#waitingCount
  }

  /** The task's outcome. Null: too many tasks wait already, and this one does not run. */
  run<T>(key: string, task: () => Promise<T>): Promise<T> | null {
    if (this.#running < this.#bounds.parallel) return this.#start(task)
    const own = this.#waiting.get(key) ?? []
    if (this.#waitingCount >= this.#bounds.maxWaiting) return null
    if (own.length >= this.#bounds.maxWaitingOfKey) return null
    this.#waitingCount++
    this.#waiting.set(key, own)
    return new Promise<void>((resolve) => own.push(resolve)).then(() => this.#start(task, true))
  }

  /** `inherited`: the task waited, and takes over the place of a task that ended. */
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

interface User {
  running: number
  waiting: (() => void)[]
}

/**
 * Bounds how many requests of one user are answered in parallel. The others wait until an earlier
 * answer has been sent or its client is gone. An answer can have megabytes, and a client that sends
 * a hundred requests and reads no answer must not fill the memory.
 */
export class Turns {
  readonly #atOnce: number
  readonly #maxWaiting: number
  readonly #users = new Map<string, User>()

  constructor({ atOnce, maxWaiting }: { atOnce: number; maxWaiting: number }) {
    this.#atOnce = atOnce
    this.#maxWaiting = maxWaiting
  }

  /** Users with a request under way. */
  get size(): number {
    return this.#users.size
  }

  /**
   * Resolves at the turn of this request with a function that ends the turn. Call that function
   * when the answer has been sent; further calls have no effect. Null: too many requests wait.
   */
  enter(username: string): Promise<() => void> | null {
    const user = this.#users.get(username) ?? { running: 0, waiting: [] }
    this.#users.set(username, user)
    const leave = once(() => this.#leave(username, user))
    if (user.running < this.#atOnce) {
      user.running += 1
      return Promise.resolve(leave)
    }
    if (user.waiting.length >= this.#maxWaiting) return null
    return new Promise((resolve) => user.waiting.push(() => resolve(leave)))
  }

  /** The request that has waited longest gets the turn. */
  #leave(username: string, user: User): void {
    const next = user.waiting.shift()
    if (next !== undefined) {
      next()
      return
    }
    user.running -= 1
    if (user.running === 0) this.#users.delete(username)
  }
}

function once(work: () => void): () => void {
  let done = false
  return () => {
    if (!done) work()
    done = true
  }
}

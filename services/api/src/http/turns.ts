interface User {
  running: number
  waiting: (() => void)[]
}

/**
 * Lets so many requests of one user be answered at once; others wait until an earlier answer was
 * taken, or nobody is there any more to take it. An answer can have megabytes: who asks a hundred
 * times and takes nothing must not have them all made.
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
   * Resolves, when it is this request's turn, with what must be called when its answer was taken,
   * once or more. Null: too many wait already.
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

  /** The place goes to the next one, who has waited longest. */
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

import type { Observable } from './types.ts'

/**
 * A watched snapshot that is made when somebody asks for it, and again only after a change.
 * Listeners are called once a tick.
 */
export class Piece<Snapshot> implements Observable<Snapshot> {
  readonly #make: () => Snapshot
  readonly #listeners = new Set<() => void>()
  #snapshot: Snapshot | undefined
  #isStale = true
  #isNotifying = false

  constructor(make: () => Snapshot) {
    this.#make = make
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    // A function of its own, because the same listener may be added twice.
    const call = (): void => listener()
    this.#listeners.add(call)
    return () => void this.#listeners.delete(call)
  }

  readonly getSnapshot = (): Snapshot => {
    if (this.#isStale) {
      this.#snapshot = this.#make()
      this.#isStale = false
    }
    return this.#snapshot as Snapshot
  }

  /** Something in the snapshot has changed. */
  changed(): void {
    this.#isStale = true
    if (this.#isNotifying) return
    this.#isNotifying = true
    queueMicrotask(() => {
      this.#isNotifying = false
      for (const listener of Array.from(this.#listeners)) {
        try {
          listener()
        } catch (error) {
          queueMicrotask(() => {
            throw error
          })
        }
      }
    })
  }
}

type Listener<Payload> = (payload: Payload) => void

/** Listeners by event name, with the payload's type per name. */
export class TypedEmitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>()

  /** @returns a function that removes the listener */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => void listeners.delete(listener)
  }

  once<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const off = this.on(name, (payload) => {
      off()
      listener(payload)
    })
    return off
  }

  /**
   * Calls every listener. An error of one stops neither the others nor the protocol; it surfaces as
   * an uncaught error, as with EventTarget.
   */
  protected emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    // A copy, because listeners may remove themselves. Listeners that are added now are called next
    // time.
    for (const listener of Array.from(this.#listeners.get(name) ?? [])) {
      try {
        ;(listener as Listener<Events[Name]>)(payload)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}

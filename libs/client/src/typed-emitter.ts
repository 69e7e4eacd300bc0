type Listener<Payload> = (payload: Payload) => void

/** Listeners by event name, with the payload's type per name. */
export class TypedEmitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>()

  /** Returns the function that removes the listener again. */
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
   * Calls every listener. One that throws keeps neither the others nor the protocol
   * from going on; its error surfaces as an uncaught one, as with EventTarget.
   */
  protected emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    // A copy: listeners may remove themselves, and those added now wait for the next time.
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

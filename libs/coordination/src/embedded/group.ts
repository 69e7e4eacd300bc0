type Listener = (members: ReadonlyMap<string, string>) => void

/** The session that put a member. Another session may have taken the name over since. */
export type Ownership = symbol

export class Group {
  readonly #members = new Map<string, { data: string; owner: Ownership }>()
  readonly #listeners = new Set<Listener>()
  #notifying = false

  put(member: string, data: string, owner: Ownership): void {
    this.#members.set(member, { data, owner })
    this.#notifySoon()
  }

  /** Has no effect if another owner has taken the name over. */
  update(member: string, data: string, owner: Ownership): void {
    if (this.#members.get(member)?.owner === owner) this.put(member, data, owner)
  }

  remove(member: string, owner: Ownership): void {
    if (this.#members.get(member)?.owner !== owner) return
    this.#members.delete(member)
    this.#notifySoon()
  }

  watch(listener: Listener): () => void {
    this.#listeners.add(listener)
    listener(this.#snapshot())
    return () => void this.#listeners.delete(listener)
  }

  #snapshot(): ReadonlyMap<string, string> {
    return new Map([...this.#members].map(([member, { data }]) => [member, data]))
  }

  // Notifies once for all changes of a turn, and never inside the call that made a change.
  #notifySoon(): void {
    if (this.#notifying) return
    this.#notifying = true
    setImmediate(() => {
      this.#notifying = false
      for (const listener of this.#listeners) listener(this.#snapshot())
    })
  }
}

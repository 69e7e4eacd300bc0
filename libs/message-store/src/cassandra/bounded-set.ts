/** A set of at most `maxEntries`. It forgets its oldest entry first. */
export class BoundedSet {
  readonly #maxEntries: number
  readonly #entries = new Set<string>()

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries
  }

  has(entry: string): boolean {
    return this.#entries.has(entry)
  }

  add(entry: string): void {
    this.#entries.add(entry)
    if (this.#entries.size <= this.#maxEntries) return
    const [oldest] = this.#entries
    if (oldest !== undefined) this.#entries.delete(oldest)
  }
}

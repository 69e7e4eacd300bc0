const standAgainAfterMs = 1_000

interface Candidacy {
  candidate: string
  lead: (signal: AbortSignal) => Promise<void>
  stop: AbortController
  standAgain: NodeJS.Timeout | null
}

/** Candidates lead in the order in which they stood, each until it releases the leadership. */
export class Election {
  readonly #waiting: Candidacy[] = []
  #leading: { candidacy: Candidacy; ended: Promise<void> } | null = null

  get leader(): string | null {
    return this.#leading?.candidacy.candidate ?? null
  }

  /** @returns a function that ends the candidacy, and resolves when `lead` has ended */
  stand(candidate: string, lead: Candidacy['lead']): () => Promise<void> {
    const candidacy = { candidate, lead, stop: new AbortController(), standAgain: null }
    this.#enter(candidacy)
    return () => this.#standDown(candidacy)
  }

  #enter(candidacy: Candidacy): void {
    candidacy.standAgain = null
    this.#waiting.push(candidacy)
    this.#electNext()
  }

  #electNext(): void {
    if (this.#leading !== null) return
    const candidacy = this.#waiting.shift()
    if (candidacy === undefined) return
    this.#leading = { candidacy, ended: this.#lead(candidacy) }
  }

  async #lead(candidacy: Candidacy): Promise<void> {
    const { lead, stop } = candidacy
    // Begins after the call that elected it has returned, like with an engine.
    await Promise.resolve()
    // The leader itself reports its errors. Here a rejection only releases the leadership.
    if (!stop.signal.aborted) await lead(stop.signal).catch(() => undefined)
    this.#leading = null
    if (!stop.signal.aborted)
      candidacy.standAgain = setTimeout(() => this.#enter(candidacy), standAgainAfterMs).unref()
    this.#electNext()
  }

  async #standDown(candidacy: Candidacy): Promise<void> {
    candidacy.stop.abort()
    if (candidacy.standAgain !== null) clearTimeout(candidacy.standAgain)
    const place = this.#waiting.indexOf(candidacy)
    if (place >= 0) this.#waiting.splice(place, 1)
    if (this.#leading?.candidacy === candidacy) await this.#leading.ended
  }
}

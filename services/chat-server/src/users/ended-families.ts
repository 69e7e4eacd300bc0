const maxFamilies = 100_000

/** Log-ins that ended while their access tokens are still valid. The api pushes them repeatedly. */
export class EndedFamilies {
  readonly #until = new Map<string, number>()

  add(familyIds: readonly string[], untilMs: number): void {
    for (const familyId of familyIds) {
      this.#until.delete(familyId)
      this.#until.set(familyId, untilMs)
    }
    for (const familyId of this.#until.keys()) {
      if (this.#until.size <= maxFamilies) break
      this.#until.delete(familyId)
    }
  }

  has(familyId: string): boolean {
    return this.#until.has(familyId)
  }

  sweep(nowMs: number): void {
    for (const [familyId, until] of this.#until) if (until <= nowMs) this.#until.delete(familyId)
  }
}

export interface Range {
  readonly from: number
  readonly to: number
}

/** Whole numbers, kept as ascending ranges that do not touch each other. */
export class Ranges {
  #ranges: Range[] = []

  get first(): Range | undefined {
    return this.#ranges[0]
  }

  add(from: number, to: number): void {
    if (from > to) return
    const apart = (range: Range): boolean => range.to < from - 1 || range.from > to + 1
    const joined = this.#ranges.filter((range) => !apart(range))
    const merged = {
      from: Math.min(from, ...joined.map((range) => range.from)),
      to: Math.max(to, ...joined.map((range) => range.to)),
    }
    this.#ranges = [...this.#ranges.filter(apart), merged].sort((a, b) => a.from - b.from)
  }

  /** Removes everything outside `from`..`to`. */
  keep(from: number, to: number): void {
    this.#ranges = this.#ranges
      .map((range) => ({ from: Math.max(range.from, from), to: Math.min(range.to, to) }))
      .filter((range) => range.from <= range.to)
  }

  /** The numbers of `from`..`to` that are missing. */
  gaps(from: number, to: number): Range[] {
    const gaps: Range[] = []
    let next = from
    for (const range of this.#ranges) {
      if (range.to < next) continue
      if (range.from > to) break
      if (range.from > next) gaps.push({ from: next, to: range.from - 1 })
      next = range.to + 1
    }
    if (next <= to) gaps.push({ from: next, to })
    return gaps
  }
}

/** Nearer to the end than this counts as being at the end. */
const endPx = 40

/**
 * Keeps what a reader looks at in its place, to the pixel, while items come, go and grow above it.
 * Browsers do so themselves only in part: not at the very top, and Safari not at all.
 */
export class ScrollAnchor {
  readonly #scroller: HTMLElement
  #key: string | null = null
  #top = 0
  /** True if the reader is at the end, and wants to stay there. */
  atEnd = true

  constructor(scroller: HTMLElement) {
    this.#scroller = scroller
  }

  /** Notes what is in view: the first item of which something can be seen. */
  note(): void {
    const { scrollTop, clientHeight, scrollHeight } = this.#scroller
    this.atEnd = scrollHeight - scrollTop - clientHeight < endPx
    const top = this.#scroller.getBoundingClientRect().top
    for (const item of this.#items()) {
      const rect = item.getBoundingClientRect()
      if (rect.bottom <= top) continue
      this.#key = item.dataset['key'] ?? null
      this.#top = rect.top - top
      return
    }
    this.#key = null
  }

  /** Puts the noted item where it was. `follow`: stays at the end if it was there. */
  restore(follow: boolean): void {
    if (follow && this.atEnd) {
      this.#scroller.scrollTop = this.#scroller.scrollHeight
      return
    }
    const item = this.#key === null ? null : this.find(this.#key)
    if (item === null) return
    const top = item.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top
    if (top !== this.#top) this.#scroller.scrollTop += top - this.#top
  }

  /** Shows an item in the upper third. */
  show(item: HTMLElement): void {
    const top = item.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top
    this.#scroller.scrollTop += top - this.#scroller.clientHeight / 3
    this.note()
  }

  find(key: string): HTMLElement | null {
    return this.#scroller.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)
  }

  toEnd(): void {
    this.#scroller.scrollTop = this.#scroller.scrollHeight
    this.note()
  }

  /** The highest seq whose lower edge is in view, or null. */
  seenUpTo(): number | null {
    const bottom = this.#scroller.getBoundingClientRect().bottom
    let seen: number | null = null
    for (const item of this.#items()) {
      if (item.getBoundingClientRect().bottom > bottom + 4) break
      const seq = Number(item.dataset['seq'])
      if (seq > 0) seen = seq
    }
    return seen
  }

  #items(): NodeListOf<HTMLElement> {
    return this.#scroller.querySelectorAll<HTMLElement>('[data-key]')
  }
}

import { isolatedLabel } from './labels.ts'
import type { InRoom } from './report.ts'
import { visible } from './visible.ts'

interface Entry {
  content: string
  /** Known once it is its turn. */
  place: InRoom | null
}

/** Own messages that were entered and are not stored yet, oldest first. */
export class Outgoing {
  readonly #entries: Entry[] = []

  add(content: string): Entry {
    const entry = { content, place: null }
    this.#entries.push(entry)
    return entry
  }

  remove(entry: Entry): void {
    const index = this.#entries.indexOf(entry)
    if (index >= 0) this.#entries.splice(index, 1)
  }

  /** The oldest such message has arrived. */
  stored(channelId: string, content: string): void {
    const entry = this.#entries.find(
      (one) => one.place?.channelId === channelId && one.content === content,
    )
    if (entry !== undefined) this.remove(entry)
  }

  takeAll(): Entry[] {
    return this.#entries.splice(0)
  }

  /** A line for each. */
  lines(): string[] {
    return this.#entries.map(({ place, content }) => {
      const where = place === null ? '' : `[${isolatedLabel(place)}] `
      return `… ${where}${visible(content)}`
    })
  }
}

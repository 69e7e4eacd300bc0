import { isolatedLabel } from './labels.ts'
import type { InRoom } from './report.ts'
import { visible } from './visible.ts'

interface Entry {
  content: string
  /** Null until the message's turn, when its room is known. */
  place: InRoom | null
}

/** The user's messages that were entered and are not stored yet, oldest first. */
export class Outgoing {
  readonly #entries: Entry[] = []
  #onEmpty: () => void = () => undefined

  add(content: string): Entry {
    const entry = { content, place: null }
    this.#entries.push(entry)
    return entry
  }

  remove(entry: Entry): void {
    const index = this.#entries.indexOf(entry)
    if (index >= 0) this.#entries.splice(index, 1)
    if (this.#entries.length === 0) this.#onEmpty()
  }

  /** Resolves when no message is on its way, or after `ms`. */
  async settled(ms: number): Promise<void> {
    if (this.#entries.length === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#onEmpty = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** The oldest message with this text is stored. */
  stored(channelId: string, content: string): void {
    const entry = this.#entries.find(
      (one) => one.place?.channelId === channelId && one.content === content,
    )
    if (entry !== undefined) this.remove(entry)
  }

  takeAll(): Entry[] {
    return this.#entries.splice(0)
  }

  /** One line for each message. */
  lines(): string[] {
    return this.#entries.map(({ place, content }) => {
      const where = place === null ? '' : `[${isolatedLabel(place)}] `
      return `… ${where}${visible(content)}`
    })
  }
}

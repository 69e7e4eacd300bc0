import type { EventView, History } from '../history.ts'

/** The events that one user's client shows, noted in the history as it happens. */
export class ShownLists {
  readonly last: Map<string, number> = new Map()
  readonly #user: string
  readonly #history: History

  constructor(user: string, history: History) {
    this.#user = user
    this.#history = history
  }

  isOpen(channelId: string): boolean {
    return this.last.has(channelId)
  }

  open(channelId: string, last: number): void {
    this.last.set(channelId, last)
    this.#history.add({ kind: 'opened', user: this.#user, channelId, last })
  }

  show(event: EventView): void {
    this.last.set(event.channelId, event.seq)
    this.#history.add({ kind: 'shown', user: this.#user, event })
  }

  close(channelId: string): void {
    if (!this.last.delete(channelId)) return
    this.#history.add({ kind: 'closed', user: this.#user, channelId })
  }

  /** The events shown before are void. */
  reset(channelId: string, head: number): void {
    this.#history.add({ kind: 'reset', user: this.#user, channelId, head })
    this.close(channelId)
    this.open(channelId, head)
  }
}

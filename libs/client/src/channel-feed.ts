import type { FeedEvent } from './incoming.ts'

/** Live events held beyond a hole; more are dropped, since the sync brings them anyway. */
const maxHeld = 1000

/**
 * The numbered events of one channel in order, each once. Events that come again are
 * dropped; on a hole the later ones wait until `sync` has filled it.
 */
export class ChannelFeed {
  readonly channelId: string
  #last: number
  #head: number
  readonly #held = new Map<number, FeedEvent>()

  constructor(channelId: string, last: number) {
    this.channelId = channelId
    this.#last = last
    this.#head = last
  }

  /** The seq up to which everything was delivered. */
  get last(): number {
    return this.#last
  }

  /** There are events that were not delivered. */
  get behind(): boolean {
    return this.#last < this.#head
  }

  /** The server says that the channel has come so far. */
  noteHead(head: number): void {
    this.#head = Math.max(this.#head, head)
  }

  /** Takes one event; returns those that are now due, ascending. */
  take(event: FeedEvent): FeedEvent[] {
    if (event.seq <= this.#last) return []
    this.noteHead(event.seq)
    if (event.seq > this.#last + 1) {
      if (this.#held.size < maxHeld) this.#held.set(event.seq, event)
      return []
    }
    const due = [event]
    this.#last = event.seq
    for (;;) {
      const next = this.#held.get(this.#last + 1)
      if (next === undefined) return due
      this.#held.delete(next.seq)
      this.#last = next.seq
      due.push(next)
    }
  }
}

import type { FeedEvent } from './incoming.ts'

/**
 * Live events that are held beyond a hole. More are dropped, because the sync brings them anyway.
 */
const maxHeld = 1000

/**
 * The numbered events of one channel in order, each once. Repeated events are dropped. On a hole,
 * later events wait until `sync` has filled it. Example: after 4 come 6, 6 and 5; delivered are 5,
 * then 6.
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

  /** The seq up to which every event was delivered. */
  get last(): number {
    return this.#last
  }

  /** True if there are events that were not delivered. */
  get behind(): boolean {
    return this.#last < this.#head
  }

  /** The server announces the channel's head. */
  noteHead(head: number): void {
    this.#head = Math.max(this.#head, head)
  }

  /** Takes one event. @returns the events that can be delivered now, ascending */
  take(event: FeedEvent): FeedEvent[] {
    if (event.seq <= this.#last) return []
    this.noteHead(event.seq)
    if (event.seq > this.#last + 1) {
      if (this.#held.size < maxHeld) this.#held.set(event.seq, event)
      return []
    }
    const deliverable = [event]
    this.#last = event.seq
    for (;;) {
      const next = this.#held.get(this.#last + 1)
      if (next === undefined) return deliverable
      this.#held.delete(next.seq)
      this.#last = next.seq
      deliverable.push(next)
    }
  }
}

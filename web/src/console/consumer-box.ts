import type { Message } from '@rookery/protocol'

/** The calls of one named consumer. */
export interface ConsumerCalls {
  /** The messages after what the consumer has committed. */
  consume(limit: number): Promise<{ messages: readonly Message[]; cursor: number; head: number }>
  /** The messages after this number. */
  after(seq: number, limit: number): Promise<{ messages: readonly Message[]; head: number }>
  commit(seq: number): Promise<void>
}

const pageSize = 100
/** Older messages leave the box; they stay in the channel. */
const maxShown = 1_000

/**
 * What one named consumer has fetched. A message is put into the box once, also if a commit failed
 * or was made by hand much later.
 */
export class ConsumerBox {
  messages: readonly Message[] = []
  /** The number up to which all was fetched; 0 before the first message. */
  fetched = 0
  /** The number up to which the consumer has committed; null before the first answer. */
  cursor: number | null = null
  head = 0
  readonly #calls: ConsumerCalls

  constructor(calls: ConsumerCalls) {
    this.#calls = calls
  }

  get hasUncommitted(): boolean {
    return this.fetched > (this.cursor ?? 0)
  }

  /** Fetches all that is new, page by page; `commits` each page when it is in the box. */
  async fetch(commits: boolean): Promise<void> {
    // Fetched before commits were wanted, or before a commit that failed.
    if (commits) await this.commit()
    for (let isMore = true; isMore;) {
      const page = this.hasUncommitted
        ? await this.#calls.after(this.fetched, pageSize)
        : await this.#consume()
      const fresh = page.messages.filter(({ seq }) => seq > this.fetched)
      this.head = page.head
      this.fetched = fresh.at(-1)?.seq ?? this.fetched
      this.messages = [...this.messages, ...fresh].slice(-maxShown)
      if (commits) await this.commit()
      isMore = page.messages.length === pageSize
    }
  }

  async commit(): Promise<void> {
    if (!this.hasUncommitted) return
    const { fetched } = this
    await this.#calls.commit(fetched)
    this.cursor = Math.max(this.cursor ?? 0, fetched)
  }

  async #consume(): Promise<{ messages: readonly Message[]; head: number }> {
    const page = await this.#calls.consume(pageSize)
    this.cursor = page.cursor
    return page
  }
}

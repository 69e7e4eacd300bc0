import type { Message } from '@rookery/protocol'
import { messageAfter, messageOf } from '../changed-message.ts'
import type { FeedEvent } from '../incoming.ts'
import { Ranges } from './ranges.ts'
import type { Range } from './ranges.ts'
import type { SystemEvent } from './types.ts'

/** Changes of messages that are remembered, to be applied to pages that were asked before them. */
const maxChanges = 500

/** A piece of a channel that is known without a gap. */
export interface Page {
  from: number
  to: number
  /** Every event `from`..`to`. */
  events: readonly FeedEvent[]
  /** The messages among them as they are now. */
  messages: readonly Message[]
  /** The channel's head when the page was asked for. Later changes are not in `messages`. */
  askedAtHead: number
}

export interface HistoryEntry {
  readonly seq: number
  readonly message: Message | null
  readonly system: { event: SystemEvent; by: string; at: string } | null
  readonly localId: string | null
}

/** What is kept of a channel for reading without a connection. */
export interface KeptHistory {
  channelId: string
  epoch: string
  from: number
  to: number
  entries: HistoryEntry[]
}

/**
 * A span of a channel by seq: the messages in it as they are now, the events that people should
 * see, and which seqs are still missing. Example: span 4..9, known 4–5 and 8–9; the hole is 6–7.
 */
export class History {
  #low = 1
  #high = 0
  #head = 0
  readonly #known = new Ranges()
  readonly #entries = new Map<number, HistoryEntry>()
  #changes: FeedEvent[] = []

  get low(): number {
    return this.#low
  }

  get high(): number {
    return this.#high
  }

  /** The newest seq that the channel is known to have. */
  get head(): number {
    return this.#head
  }

  get isEmpty(): boolean {
    return this.#low > this.#high
  }

  get size(): number {
    return this.#entries.size
  }

  get holes(): Range[] {
    return this.#known.gaps(this.#low, this.#high)
  }

  /** From `low` on, nothing is missing up to this seq. 0: `low` itself is missing. */
  get completeUpTo(): number {
    const first = this.#known.first
    return first !== undefined && first.from === this.#low ? first.to : 0
  }

  /** Ascending. */
  get entries(): HistoryEntry[] {
    return [...this.#entries.values()].sort((a, b) => a.seq - b.seq)
  }

  noteHead(head: number): void {
    this.#head = Math.max(this.#head, head)
  }

  /** Moves the span. What lies outside is dropped; what is new in it is a hole. */
  place(low: number, high: number): void {
    this.#low = low
    this.#high = high
    this.#known.keep(low, high)
    for (const seq of this.#entries.keys()) if (seq < low || seq > high) this.#entries.delete(seq)
  }

  /** Keeps the `count` newest entries, or the oldest ones, and moves the span to them. */
  trim(count: number, keep: 'newest' | 'oldest'): void {
    if (this.#entries.size <= count) return
    const seqs = [...this.#entries.keys()].sort((a, b) => a - b)
    if (keep === 'newest') this.place(seqs[seqs.length - count] as number, this.#high)
    else this.place(this.#low, seqs[count - 1] as number)
  }

  insert(page: Page): void {
    const now = new Map(page.messages.map((message) => [message.seq, message]))
    for (const event of page.events) {
      if (event.seq < this.#low || event.seq > this.#high) continue
      this.#add(event, null, now.get(event.seq))
    }
    this.#known.add(Math.max(page.from, this.#low), Math.min(page.to, this.#high))
    for (const change of this.#changes) if (change.seq > page.askedAtHead) this.#change(change)
  }

  /**
   * Takes a live event. @param follows the span reaches the channel's end and grows with it
   * @returns true if something that is shown has changed
   */
  apply(event: FeedEvent, localId: string | null, follows: boolean): boolean {
    this.noteHead(event.seq)
    if (follows && event.seq > this.#high) this.#high = event.seq
    const isInside = event.seq >= this.#low && event.seq <= this.#high
    if (isInside) {
      this.#add(event, localId, undefined)
      this.#known.add(event.seq, event.seq)
    }
    if ('targetSeq' in event) {
      this.#changes = [...this.#changes, event].slice(-maxChanges)
      this.#change(event)
    }
    return isInside || 'targetSeq' in event
  }

  /** Forgets everything, for example because the log began a new epoch. */
  clear(head: number): void {
    this.place(1, 0)
    this.#head = head
    this.#changes = []
  }

  /** The newest `count` entries, as far back as nothing is missing. */
  keep(channelId: string, epoch: string, count: number): KeptHistory | null {
    const from = (this.holes.at(-1)?.to ?? this.#low - 1) + 1
    if (from > this.#high) return null
    const entries = this.entries.filter(({ seq }) => seq >= from).slice(-count)
    const first = entries.length === count ? (entries[0]?.seq ?? from) : from
    return { channelId, epoch, from: first, to: this.#high, entries }
  }

  restore(kept: KeptHistory): void {
    this.clear(kept.to)
    this.place(kept.from, kept.to)
    this.#known.add(kept.from, kept.to)
    for (const entry of kept.entries) this.#entries.set(entry.seq, entry)
  }

  #add(event: FeedEvent, localId: string | null, now: Message | undefined): void {
    const { seq } = event
    const known = this.#entries.get(seq)
    if (event.type === 'chat_message') {
      if (known !== undefined && now === undefined) return
      const message = now ?? messageOf(event)
      this.#entries.set(seq, {
        seq,
        message,
        system: null,
        localId: localId ?? known?.localId ?? null,
      })
      return
    }
    const system = systemOf(event)
    if (system !== null) this.#entries.set(seq, { seq, message: null, system, localId: null })
  }

  #change(event: FeedEvent): void {
    if (!('targetSeq' in event)) return
    const entry = this.#entries.get(event.targetSeq)
    if (entry?.message == null || entry.message.deletedAt !== undefined) return
    this.#entries.set(entry.seq, { ...entry, message: messageAfter(entry.message, event) })
  }
}

function systemOf(event: FeedEvent): HistoryEntry['system'] {
  switch (event.type) {
    case 'channel_created':
      return { event: { type: event.type }, by: event.by, at: event.at }
    case 'participant_joined':
    case 'participant_left':
      return { event: { type: event.type, username: event.username }, by: event.by, at: event.at }
    case 'role_changed': {
      const { type, username, role, by, at } = event
      return { event: { type, username, role }, by, at }
    }
    case 'channel_updated': {
      const { type, name, topic, by, at } = event
      const change = { ...(name !== undefined && { name }), ...(topic !== undefined && { topic }) }
      return { event: { type, ...change }, by, at }
    }
    case 'chat_message':
    case 'message_edited':
    case 'message_deleted':
    case 'reaction_added':
    case 'reaction_removed':
    case 'unknown_event':
      return null
  }
}

import type { Channel, Metadata } from '@rookery/protocol'
import { RookeryError } from '../errors.ts'
import type { FeedEvent } from '../incoming.ts'
import { toSent } from './feed.ts'
import type { OutboxView } from './feed.ts'
import { History } from './history.ts'
import type { HistoryEntry, KeptHistory } from './history.ts'
import { loadPage, pageSeqs } from './pages.ts'
import type { PageSource } from './pages.ts'
import { Piece } from './piece.ts'
import type {
  MessageItem,
  OperationError,
  Timeline,
  TimelineItem,
  TimelineSnapshot,
} from './types.ts'

/** Items of a window. */
const maxItems = 200
/** A page may hold reactions alone. Pages are loaded until this many items are there. */
const enoughItems = 30
/** Pages that one load may add for that reason. */
const maxExtraPages = 10
const retryMs = 2000

/** What a timeline needs of the store. */
export interface TimelineHost {
  readonly source: PageSource
  readonly self: string
  readonly isConnected: boolean
  readonly epoch: string | null
  channel(channelId: string): Readonly<Channel> | undefined
  kept(channelId: string): Promise<KeptHistory | undefined>
  outbox(channelId: string): readonly OutboxView[]
  markRead(channelId: string, seq: number): Promise<void>
  retrySend(localId: string): Promise<void>
  discardSend(localId: string): Promise<void>
  left(channelId: string): void
}

interface Waiter {
  resolve: () => void
  reject: (error: unknown) => void
}

/**
 * A window over a channel. Every load moves the span of its history, which makes holes; one loop
 * fills the holes, the newest first. So a hole that a lost connection leaves is filled in the same
 * way as a page that the user asks for.
 */
export class ChannelTimeline implements Timeline {
  readonly channelId: string
  readonly #host: TimelineHost
  readonly #history = new History()
  readonly #piece: Piece<TimelineSnapshot>
  readonly subscribe: Timeline['subscribe']
  readonly getSnapshot: Timeline['getSnapshot']
  readonly #shown = new Map<number, { entry: HistoryEntry; item: TimelineItem }>()
  #following = true
  #loading: 'older' | 'newer' | null = null
  #unreadFrom: number | null | undefined
  #error: OperationError | null = null
  #waiters: Waiter[] = []
  #isFilling = false
  #extraPages = 0
  #isRead = false
  #left = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(channelId: string, host: TimelineHost) {
    this.channelId = channelId
    this.#host = host
    this.#piece = new Piece(() => this.#snapshot())
    this.subscribe = this.#piece.subscribe
    this.getSnapshot = this.#piece.getSnapshot
    void this.#open()
  }

  loadOlder(): Promise<void> {
    const { low, isEmpty } = this.#history
    if (isEmpty || low === 1) return Promise.resolve()
    return this.#move(Math.max(1, low - pageSeqs), this.#history.high, 'older')
  }

  loadNewer(): Promise<void> {
    const { low, high, head, isEmpty } = this.#history
    if (isEmpty || high >= head) return Promise.resolve()
    return this.#move(low, Math.min(head, high + pageSeqs), 'newer')
  }

  loadAround(seq: number): Promise<void> {
    const { head } = this.#history
    const to = Math.min(Math.max(head, seq), seq + pageSeqs / 2)
    return this.#move(Math.max(1, seq - pageSeqs / 2), to, null)
  }

  loadLatest(): Promise<void> {
    const { head } = this.#history
    return this.#move(Math.max(1, head - pageSeqs + 1), head, null)
  }

  markRead(seq: number): Promise<void> {
    return this.#host.markRead(this.channelId, seq)
  }

  leave(): void {
    if (this.#left) return
    this.#left = true
    clearTimeout(this.#timer)
    this.#settle(new RookeryError('closed', 'the timeline was left'))
    this.#host.left(this.channelId)
  }

  /** The list of channels has come, or a connection. */
  ready(epochChanged: boolean): void {
    const channel = this.#host.channel(this.channelId)
    if (epochChanged) this.#history.clear(channel?.head ?? 0)
    this.#error = null
    this.#ensure()
  }

  event(event: FeedEvent, localId: string | null): void {
    const { high } = this.#history
    // Before the first page there is no span that could follow.
    const follows = this.#following && !this.#history.isEmpty
    if (!this.#history.apply(event, localId, follows)) return this.#changed()
    if (follows) this.#history.trim(maxItems, 'newest')
    this.#changed()
    if (follows && event.seq > high + 1) void this.#fill()
  }

  head(head: number): void {
    this.#history.noteHead(head)
    this.#ensure()
  }

  reset(head: number): void {
    this.#history.clear(head)
    this.#following = true
    this.#ensure()
  }

  outboxChanged(): void {
    this.#changed()
  }

  async #open(): Promise<void> {
    const kept = await this.#host.kept(this.channelId).catch(() => undefined)
    const { epoch } = this.#host
    if (kept !== undefined && this.#history.isEmpty && (epoch ?? kept.epoch) === kept.epoch) {
      const { head } = this.#history
      this.#history.restore(kept)
      this.#history.noteHead(head)
    }
    this.#isRead = true
    this.#ensure()
  }

  /** Makes the window reach the channel's end if it follows it, and fills its holes. */
  #ensure(): void {
    const channel = this.#host.channel(this.channelId)
    if (channel !== undefined) {
      this.#history.noteHead(channel.head)
      this.#unreadFrom ??= channel.unread > 0 ? channel.lastReadSeq + 1 : null
    }
    const { head, high, isEmpty, low } = this.#history
    if (this.#isRead && this.#following && head > 0) {
      if (isEmpty || head - high > 2 * pageSeqs) {
        this.#history.place(Math.max(1, head - pageSeqs + 1), head)
        this.#extraPages = 0
      } else this.#history.place(low, head)
    }
    this.#changed()
    void this.#fill()
  }

  #move(low: number, high: number, loading: 'older' | 'newer' | null): Promise<void> {
    const { head } = this.#history
    if (low > high) return Promise.resolve()
    this.#history.place(low, high)
    this.#following = high >= head
    this.#loading = loading
    this.#extraPages = 0
    this.#error = null
    this.#changed()
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject })
      void this.#fill()
    })
  }

  async #fill(): Promise<void> {
    if (this.#isFilling || this.#left) return
    this.#isFilling = true
    clearTimeout(this.#timer)
    try {
      while (!this.#left && this.#host.isConnected) {
        const hole = this.#history.holes.at(-1)
        if (hole === undefined) {
          if (this.#wantsMore()) continue
          this.#trim()
          this.#settle(null)
          return
        }
        const from = Math.max(hole.from, hole.to - pageSeqs + 1)
        const { source } = this.#host
        const page = await loadPage(source, this.channelId, from, hole.to, this.#history.head)
        if (page === null) this.#history.clear(this.#host.channel(this.channelId)?.head ?? 0)
        else this.#history.insert(page)
        this.#changed()
        if (page === null) throw new RookeryError('not_found', 'the channel begins anew')
      }
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#isFilling = false
    }
  }

  /** Adds a page at the old end if there are too few items. @returns true if there is a new hole */
  #wantsMore(): boolean {
    const { low, high, isEmpty, size } = this.#history
    if (isEmpty || low === 1 || size >= enoughItems || this.#extraPages >= maxExtraPages)
      return false
    this.#extraPages++
    this.#history.place(Math.max(1, low - pageSeqs), high)
    return true
  }

  #trim(): void {
    this.#history.trim(maxItems, this.#loading === 'older' ? 'oldest' : 'newest')
    if (this.#history.high < this.#history.head) this.#following = false
  }

  #failed(error: unknown): void {
    if (this.#left) return
    this.#error = toSent(error)
    const isFinal = error instanceof RookeryError && !error.retryable
    if (isFinal) this.#settle(error)
    else {
      const waitMs = Math.max(retryMs, this.#error.retryAfterMs ?? 0)
      this.#timer = setTimeout(() => void this.#fill(), waitMs)
    }
    this.#changed()
  }

  #settle(error: unknown): void {
    const waiters = this.#waiters
    this.#waiters = []
    this.#loading = null
    if (error === null) this.#error = null
    for (const { resolve, reject } of waiters) {
      if (error === null) resolve()
      else reject(error)
    }
    this.#changed()
  }

  #changed(): void {
    this.#piece.changed()
  }

  #snapshot(): TimelineSnapshot {
    const { low, high, head, isEmpty, completeUpTo } = this.#history
    const items = this.#items()
    return {
      channelId: this.channelId,
      items,
      loading: !this.#isRead || (!items.some(({ kind }) => kind !== 'hole') && !this.#isComplete),
      hasOlder: !isEmpty && low > 1,
      hasNewer: !isEmpty && high < head,
      loadingOlder: this.#loading === 'older',
      loadingNewer: this.#loading === 'newer',
      following: this.#following,
      completeUpTo,
      head,
      unreadFrom: this.#unreadFrom ?? null,
      error: this.#error,
    }
  }

  get #isComplete(): boolean {
    return !this.#history.isEmpty && this.#history.holes.length === 0
  }

  #items(): TimelineItem[] {
    const outbox = this.#host.outbox(this.channelId)
    const entries = this.#history.entries
    const inside = new Set(entries.map(({ seq }) => seq))
    for (const seq of this.#shown.keys()) if (!inside.has(seq)) this.#shown.delete(seq)
    const items: TimelineItem[] = entries.map((entry) => this.#itemOf(entry, outbox))
    for (const { from, to } of this.#history.holes) {
      const index = items.findIndex((item) => 'seq' in item && item.seq > to)
      const hole = { kind: 'hole', key: `hole ${from}`, from, to } as const
      items.splice(index === -1 ? items.length : index, 0, hole)
    }
    if (this.#history.high < this.#history.head) return items
    const stored = new Set(entries.map(({ localId }) => localId))
    const unsent = outbox.filter(
      ({ type, localId, seq }) =>
        type === 'chat_message' && !stored.has(localId) && (seq === null || !inside.has(seq)),
    )
    return [...items, ...unsent.map((view) => this.#unsentOf(view))]
  }

  #itemOf(entry: HistoryEntry, outbox: readonly OutboxView[]): TimelineItem {
    const { seq, message, system, localId } = entry
    const pending = outbox.find(({ request }) => 'seq' in request && request.seq === seq) ?? null
    const known = this.#shown.get(seq)
    if (known?.entry === entry && pendingOf(known.item) === pending) return known.item
    const key = localId ?? `seq ${seq}`
    const item: TimelineItem =
      message === null
        ? { kind: 'system', key, seq, ...(system as NonNullable<typeof system>) }
        : {
            kind: 'message',
            key,
            seq,
            message,
            isMine: message.senderId === this.#host.self,
            localId,
            pending,
          }
    this.#shown.set(seq, { entry, item })
    return item
  }

  #unsentOf(view: OutboxView): TimelineItem {
    const { localId, writtenAt, state, durable, error, request } = view
    const { content = '', metadata } = request as { content?: string; metadata?: Metadata }
    return {
      kind: 'unsent',
      key: localId,
      localId,
      content,
      metadata: metadata ?? null,
      writtenAt,
      state,
      durable,
      error,
      retry: () => void this.#host.retrySend(localId).catch(() => {}),
      discard: () => void this.#host.discardSend(localId).catch(() => {}),
    }
  }
}

function pendingOf(item: TimelineItem): MessageItem['pending'] {
  return item.kind === 'message' ? item.pending : null
}

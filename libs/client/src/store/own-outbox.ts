import { RookeryError } from '../errors.ts'
import { randomId } from '../options.ts'
import type { Request } from '../frames.ts'
import { reasonOf } from './database.ts'
import type { Database, OutboxRow } from './database.ts'
import type { FeedMessage, Leader, OutboxView } from './feed.ts'
import { Piece } from './piece.ts'
import type { DurableRequestType, NotDurableReason, OutboxSnapshot, Sent } from './types.ts'

/** Entries that may wait to be sent. */
const maxEntries = 1000

/** A tab's part of the outbox: it writes entries, and shows what the leader tells about all. */
export class OwnOutbox {
  readonly piece: Piece<OutboxSnapshot>
  readonly #leader: Leader
  /** Resolves with null if nothing can be kept. */
  readonly #database: Promise<Database | null>
  readonly #onChanged: (channelIds: ReadonlySet<string>) => void
  #entries: readonly OutboxView[] = []
  /** Entries of this tab that the leader has not told about yet. */
  readonly #fresh = new Map<string, OutboxView>()
  /** Entries that only the leader's memory holds. They are lost with its tab. */
  readonly #handedOver = new Map<string, OutboxRow>()
  /** One write at a time, so that entries keep the order of the calls. */
  #writing: Promise<void> = Promise.resolve()
  #durable = true
  #reason: NotDurableReason | null = null

  constructor(
    leader: Leader,
    database: Promise<Database | null>,
    onChanged: (channelIds: ReadonlySet<string>) => void,
  ) {
    this.#leader = leader
    this.#database = database
    this.#onChanged = onChanged
    this.piece = new Piece(() => ({
      items: this.views.map(({ request: _request, seq: _seq, ...item }) => item),
      durable: this.#durable,
      reason: this.#reason,
    }))
  }

  get views(): readonly OutboxView[] {
    return [...this.#entries, ...this.#fresh.values()]
  }

  of(channelId: string): readonly OutboxView[] {
    return this.views.filter((view) => view.channelId === channelId)
  }

  /**
   * Keeps a request, on the disk if possible, and has it sent. @throws RookeryError
   * `outbox_full`
   */
  async write(request: Request<DurableRequestType>): Promise<Sent> {
    const waiting = this.views.filter(({ state }) => state === 'sending').length
    if (waiting >= maxEntries) {
      const message = `${maxEntries} entries already wait to be sent; try again later`
      throw new RookeryError('outbox_full', message)
    }
    const row: OutboxRow = {
      localId: randomId(),
      request,
      writtenAt: Date.now(),
      session: null,
      clientSeq: null,
      error: null,
    }
    this.#show(row, false)
    const durable = this.#writing.then(() => this.#keep(row))
    // The leader is told in the order of the calls, whether a row could be kept or not.
    const told = durable.then((isKept) => this.#tell(row, isKept))
    this.#writing = told.then(
      () => {},
      () => {},
    )
    const { call } = await told
    await call
    return { localId: row.localId, durable: await durable }
  }

  /** The leader tells about all entries. */
  told(message: Extract<FeedMessage, { type: 'outbox' }>): void {
    const before = this.views
    this.#entries = message.entries
    for (const { localId, durable } of message.entries) {
      this.#fresh.delete(localId)
      if (durable) this.#handedOver.delete(localId)
    }
    for (const localId of this.#handedOver.keys()) {
      const isGone = before.some((view) => view.localId === localId)
      const isThere = message.entries.some((view) => view.localId === localId)
      if (isGone && !isThere && !this.#fresh.has(localId)) this.#handedOver.delete(localId)
    }
    this.#durable = message.durable
    this.#reason = message.reason
    this.#changed([...before, ...message.entries])
  }

  /** Another leader has told its entries. The memory of the one before it is lost. */
  attached(): void {
    for (const row of this.#handedOver.values()) {
      if (this.#entries.some(({ localId }) => localId === row.localId)) continue
      const message = 'the tab that sent it was closed; it is unknown whether it was stored'
      const error = { code: 'closed', message, retryAfterMs: null } as const
      this.#leader.call({ type: 'hand_over', row: { ...row, error } }).catch(() => {})
    }
    const kept = [...this.#fresh.values()].filter(({ durable }) => durable)
    for (const { localId } of kept) this.#fresh.delete(localId)
    if (kept.length > 0) this.#changed(kept)
  }

  async #keep(row: OutboxRow): Promise<boolean> {
    const database = await this.#database
    if (database === null) return false
    try {
      await database.writeOutbox({ rows: [row] })
      return true
    } catch (error) {
      this.#durable = false
      this.#reason = reasonOf(error)
      this.piece.changed()
      return false
    }
  }

  /** @returns the call to wait for, in an object, because a promise would be waited for at once */
  #tell(row: OutboxRow, isKept: boolean): { call: Promise<void> | null } {
    if (!isKept) return { call: this.#handOver(row) }
    if (this.#fresh.has(row.localId)) this.#show(row, true)
    // If no tab leads yet, the next leader reads all rows.
    this.#leader.call({ type: 'written' }).catch(() => {})
    return { call: null }
  }

  async #handOver(row: OutboxRow): Promise<void> {
    await this.#leader.call({ type: 'hand_over', row })
    const isTold = this.#entries.some(({ localId }) => localId === row.localId)
    if (isTold || this.#fresh.has(row.localId)) this.#handedOver.set(row.localId, row)
  }

  #show(row: OutboxRow, durable: boolean): void {
    const { localId, request, writtenAt } = row
    const view: OutboxView = {
      localId,
      type: request.type,
      channelId: request.channelId,
      state: 'sending',
      durable,
      writtenAt,
      error: null,
      request,
      seq: null,
    }
    this.#fresh.set(localId, view)
    this.#changed([view])
  }

  #changed(views: readonly OutboxView[]): void {
    this.piece.changed()
    this.#onChanged(new Set(views.map(({ channelId }) => channelId)))
  }
}

import type { FeedEvent, IncomingFrame } from '../incoming.ts'
import { randomId } from '../options.ts'
import type { OutboxJournal } from '../outbox-entry.ts'
import { reasonOf } from './database.ts'
import type { Database, KeptSession, OutboxRow } from './database.ts'
import { toSent } from './feed.ts'
import type { FeedMessage, OutboxView } from './feed.ts'
import type { StoreClient } from './store-client.ts'
import type { NotDurableReason } from './types.ts'

/**
 * The numbers that a successor leaves out. If the storage fails, the last numbers of a run may not
 * be stored. A number that is used twice would lose the second text, and gaps are allowed.
 */
const numbersLeftOut = 2 ** 20

export interface SenderOptions {
  /** Null: entries are kept in memory. */
  database: Database | null
  /** Why there is no database. */
  reason: NotDurableReason | null
  tell(message: FeedMessage): void
}

interface Entry {
  row: OutboxRow
  isKept: boolean
  /** Its event was shown before its answer came. */
  isShown: boolean
  seq: number | null
}

/**
 * The outbox of all tabs, at work in the tab that leads. An entry goes through these phases:
 * 1. Written: a tab writes a row without a number, in one transaction. From then on it outlives the
 *    tab. The tab tells the leader.
 * 2. Numbered: before its frame leaves, one transaction stores the session, the next free number
 *    and the number of the row.
 * 3. Sent, and after a loss sent again, by this leader or the next, under the same number. The
 *    server takes it once.
 * 4. Settled: stored, and the row is removed; or refused for good, and the row keeps the error
 *    until the user decides.
 */
export class Sender implements OutboxJournal {
  readonly session: string
  readonly nextClientSeq: number
  readonly #options: SenderOptions
  readonly #entries = new Map<string, Entry>()
  #client: StoreClient | null = null
  #read = 0
  #reading: Promise<void> = Promise.resolve()
  #reason: NotDurableReason | null
  #nextToKeep: number

  /** @param rows what the last leader left */
  constructor(options: SenderOptions, kept: KeptSession | null, rows: readonly OutboxRow[]) {
    this.#options = options
    this.#reason = options.reason
    // A session goes on only if its numbers are needed. A copy of a browser's profile would use the
    // same numbers as the original.
    const goesOn = kept !== null && rows.some(({ clientSeq }) => clientSeq !== null)
    this.session = goesOn ? kept.session : randomId()
    this.nextClientSeq = goesOn ? kept.nextClientSeq + numbersLeftOut : 1
    this.#nextToKeep = this.nextClientSeq
    for (const row of rows) this.#add(row, true)
  }

  get state(): FeedMessage {
    return {
      type: 'outbox',
      entries: [...this.#entries.values()].map(viewOf),
      durable: this.#reason === null,
      reason: this.#reason,
    }
  }

  /** Sends what is there, numbered entries first, and from now on what comes. */
  start(client: StoreClient): void {
    this.#client = client
    const entries = [...this.#entries.values()].filter(({ seq }) => seq === null)
    const numbered = entries.filter(({ row }) => row.clientSeq !== null)
    numbered.sort((a, b) => (a.row.clientSeq ?? 0) - (b.row.clientSeq ?? 0))
    for (const entry of numbered) this.#submit(entry)
    for (const entry of entries) if (entry.row.clientSeq === null) this.#submit(entry)
  }

  /** The client has ended. */
  stop(): void {
    this.#client = null
  }

  /** Takes the rows that tabs have written. */
  written(): Promise<void> {
    this.#reading = this.#reading.then(async () => {
      // If the rows cannot be read now, they are read with the next ones, or by the next leader.
      const rows = (await this.#options.database?.outboxAfter(this.#read).catch(() => [])) ?? []
      for (const row of rows) if (!this.#entries.has(row.localId)) this.#take(row, true)
      for (const { order = 0 } of rows) this.#read = Math.max(this.#read, order)
    })
    return this.#reading
  }

  /** Takes a row that a tab could not write. */
  handOver(row: OutboxRow): Promise<void> {
    // After the rows that its tab has written before.
    this.#reading = this.#reading.then(() => {
      if (!this.#entries.has(row.localId)) this.#take(row, false)
    })
    return this.#reading
  }

  async retry(localId: string): Promise<void> {
    const entry = this.#entries.get(localId)
    if (entry?.row.error == null) return
    const { order: _order, ...row } = entry.row
    const fresh: OutboxRow = {
      ...row,
      localId: randomId(),
      session: null,
      clientSeq: null,
      error: null,
    }
    await this.#keep([fresh], entry)
    this.#entries.delete(localId)
    this.#take(fresh, fresh.order !== undefined)
  }

  async discard(localId: string): Promise<void> {
    const entry = this.#entries.get(localId)
    if (entry?.row.error == null) return
    await this.#remove(entry)
  }

  async numbered(change: {
    nextClientSeq: number
    numbers: readonly { key: string; clientSeq: number }[]
  }): Promise<void> {
    this.#nextToKeep = change.nextClientSeq
    const rows: OutboxRow[] = []
    for (const { key, clientSeq } of change.numbers) {
      const entry = this.#entries.get(key)
      if (entry === undefined) continue
      entry.row = { ...entry.row, clientSeq, session: this.session }
      rows.push(entry.row)
    }
    await this.#keep(rows)
  }

  /** @returns the localId of the entry that made this event */
  shown(event: FeedEvent): string | null {
    if (event.session !== this.session || event.clientSeq === undefined) return null
    for (const entry of this.#entries.values()) {
      const { row } = entry
      const isIt = row.clientSeq === event.clientSeq && row.request.channelId === event.channelId
      if (!isIt || row.error !== null) continue
      entry.isShown = true
      if (entry.seq !== null) this.#forget(entry)
      return row.localId
    }
    return null
  }

  /** The events of this channel will not come. */
  dropped(channelId: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.row.request.channelId === channelId && entry.seq !== null) this.#forget(entry)
    }
  }

  #add(row: OutboxRow, isKept: boolean): Entry {
    const entry: Entry = { row, isKept, isShown: false, seq: null }
    this.#entries.set(row.localId, entry)
    this.#read = Math.max(this.#read, row.order ?? 0)
    return entry
  }

  #take(row: OutboxRow, isKept: boolean): void {
    const entry = this.#add(row, isKept)
    this.#submit(entry)
    this.#tell()
  }

  #submit(entry: Entry): void {
    const { localId: key, clientSeq, request, error } = entry.row
    if (this.#client === null || error !== null) return
    this.#client.ask(request, { key, clientSeq }).then(
      (answer) => this.#stored(entry, answer as IncomingFrame),
      (failure: unknown) => this.#refused(entry, failure),
    )
  }

  #stored(entry: Entry, answer: IncomingFrame): void {
    entry.seq = 'seq' in answer ? answer.seq : 0
    const { channelId } = entry.row.request
    // An earlier run may have sent it. Its event is then below the head of the list, and does not
    // come any more.
    const head = this.#client?.channels.get(channelId)?.channel.head ?? 0
    if (entry.isShown || entry.seq <= head) this.#forget(entry)
    else this.#tell()
    void this.#removeRow(entry)
  }

  #refused(entry: Entry, failure: unknown): void {
    // The client has ended and settles nothing more: a later start sends the entry again.
    if (this.#client === null) return
    entry.row = { ...entry.row, error: toSent(failure) }
    this.#tell()
    void this.#keep([entry.row])
  }

  async #remove(entry: Entry): Promise<void> {
    this.#forget(entry)
    await this.#removeRow(entry)
  }

  #forget(entry: Entry): void {
    this.#entries.delete(entry.row.localId)
    this.#tell()
  }

  async #removeRow({ row }: Entry): Promise<void> {
    if (row.order === undefined) return
    await this.#keep([], { row })
  }

  /** Writes rows with the session, and with them all entries that could not be written before. */
  async #keep(rows: readonly OutboxRow[], instead?: { row: OutboxRow }): Promise<void> {
    const { database } = this.#options
    if (database === null) return
    const late = [...this.#entries.values()]
      .filter(
        ({ isKept, seq, row }) =>
          !isKept && seq === null && !rows.includes(row) && row !== instead?.row,
      )
      .map(({ row }) => row)
    const all = [...rows, ...late]
    const order = instead?.row.order
    try {
      await database.writeOutbox({
        session: { session: this.session, nextClientSeq: this.#nextToKeep },
        rows: all,
        ...(order !== undefined && { remove: [order] }),
      })
      for (const { localId } of all) {
        const entry = this.#entries.get(localId)
        if (entry !== undefined) entry.isKept = true
      }
      this.#note(null)
    } catch (error) {
      this.#note(reasonOf(error))
    }
  }

  #note(reason: NotDurableReason | null): void {
    if (reason === this.#reason) return
    this.#reason = reason
    this.#tell()
  }

  #tell(): void {
    this.#options.tell(this.state)
  }
}

function viewOf({ row, isKept, seq }: Entry): OutboxView {
  return {
    localId: row.localId,
    type: row.request.type,
    channelId: row.request.channelId,
    state: row.error !== null ? 'failed' : seq === null ? 'sending' : 'stored',
    durable: isKept,
    writtenAt: row.writtenAt,
    error: row.error,
    request: row.request,
    seq,
  }
}

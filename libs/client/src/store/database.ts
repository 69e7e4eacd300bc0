import { openDB } from 'idb'
import type { DBSchema, IDBPDatabase } from 'idb'
import type { Channel, Profile } from '@rookery/protocol'
import type { Request } from '../frames.ts'
import type { KeptHistory } from './history.ts'
import type { DurableRequestType, NotDurableReason, OperationError } from './types.ts'

/** An entry of the outbox as it is kept. */
export interface OutboxRow {
  /** The order of writing. The database gives it. */
  order?: number
  localId: string
  request: Request<DurableRequestType>
  writtenAt: number
  /** The number under which it may have been sent, and the session that it counts in. */
  session: string | null
  clientSeq: number | null
  /** The server refused it for good. It waits for the user. */
  error: OperationError | null
}

/** The session of the outbox, and the first number that it has not used. */
export interface KeptSession {
  session: string
  nextClientSeq: number
}

export interface KeptChannels {
  epoch: string
  me: Profile
  channels: Channel[]
}

interface Tables extends DBSchema {
  meta: { key: string; value: unknown }
  outbox: { key: number; value: OutboxRow }
  histories: { key: string; value: KeptHistory }
  drafts: { key: string; value: string }
}

export interface Kept {
  session: KeptSession | null
  channels: KeptChannels | null
  drafts: Map<string, string>
}

/**
 * What a browser keeps of one user: the outbox, the last channels, and drafts. Writes to the outbox
 * are strict: they resolve after the data has reached the disk.
 */
export class Database {
  readonly #db: IDBPDatabase<Tables>

  private constructor(db: IDBPDatabase<Tables>) {
    this.#db = db
  }

  static async open(name: string): Promise<Database> {
    const db = await openDB<Tables>(name, 1, {
      upgrade: (created) => {
        created.createObjectStore('meta')
        created.createObjectStore('outbox', { keyPath: 'order', autoIncrement: true })
        created.createObjectStore('histories', { keyPath: 'channelId' })
        created.createObjectStore('drafts')
      },
    })
    return new Database(db)
  }

  /** Called when another tab wants to remove the database. */
  onRemoved(listener: () => void): void {
    this.#db.addEventListener('versionchange', listener)
  }

  async read(): Promise<Kept> {
    const transaction = this.#db.transaction(['meta', 'drafts'])
    const meta = transaction.objectStore('meta')
    const drafts = transaction.objectStore('drafts')
    const [session, channels, names, texts] = await Promise.all([
      meta.get('session'),
      meta.get('channels'),
      drafts.getAllKeys(),
      drafts.getAll(),
    ])
    return {
      session: (session as KeptSession | undefined) ?? null,
      channels: (channels as KeptChannels | undefined) ?? null,
      drafts: new Map(names.map((name, index) => [name, texts[index] ?? ''])),
    }
  }

  /** The name of this browser as a device; made once. */
  async deviceId(fresh: string): Promise<string> {
    const transaction = this.#db.transaction('meta', 'readwrite')
    const kept = await transaction.store.get('deviceId')
    if (typeof kept === 'string') return kept
    await transaction.store.put(fresh, 'deviceId')
    await transaction.done
    return fresh
  }

  /** The entries after `order`, in the order of writing. */
  outboxAfter(order: number): Promise<OutboxRow[]> {
    return this.#db.getAll('outbox', IDBKeyRange.lowerBound(order, true))
  }

  /** Writes the session and the entries in one transaction, and gives new entries their order. */
  async writeOutbox(change: {
    session?: KeptSession
    rows: readonly OutboxRow[]
    remove?: readonly number[]
  }): Promise<void> {
    const transaction = this.#db.transaction(['meta', 'outbox'], 'readwrite', {
      durability: 'strict',
    })
    const outbox = transaction.objectStore('outbox')
    const orders = change.rows.map((row) => outbox.put(row))
    for (const order of change.remove ?? []) void outbox.delete(order).catch(() => {})
    if (change.session !== undefined) {
      void transaction
        .objectStore('meta')
        .put(change.session, 'session')
        .catch(() => {})
    }
    const given = await Promise.all([...orders, transaction.done.then(() => 0)])
    for (const [index, row] of change.rows.entries()) row.order = given[index] as number
  }

  history(channelId: string): Promise<KeptHistory | undefined> {
    return this.#db.get('histories', channelId)
  }

  /** Replaces the kept list, writes these histories, and removes those of other channels. */
  async writeChannels(kept: KeptChannels, histories: readonly KeptHistory[]): Promise<void> {
    const transaction = this.#db.transaction(['meta', 'histories'], 'readwrite')
    const table = transaction.objectStore('histories')
    const wanted = new Set(kept.channels.map(({ channelId }) => channelId))
    const writes: Promise<unknown>[] = [
      transaction.objectStore('meta').put(kept, 'channels'),
      ...histories.map((history) => table.put(history)),
    ]
    for (const channelId of await table.getAllKeys()) {
      if (!wanted.has(channelId)) writes.push(table.delete(channelId))
    }
    await Promise.all([...writes, transaction.done])
  }

  async writeDraft(channelId: string, text: string): Promise<void> {
    if (text === '') await this.#db.delete('drafts', channelId)
    else await this.#db.put('drafts', text, channelId)
  }

  close(): void {
    this.#db.close()
  }
}

/** The reason why a write failed, for the snapshot of the outbox. */
export function reasonOf(error: unknown): NotDurableReason {
  const { name } = error as { name?: unknown }
  return name === 'QuotaExceededError' ? 'full' : 'failed'
}

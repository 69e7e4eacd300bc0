import { SqliteError } from './errors.ts'
import type { Database } from './open-database.ts'
import { WalSync } from './wal-sync.ts'

interface Item {
  work(): unknown
  resolve(value: unknown): void
  reject(reason: unknown): void
}

const defaultMaxQueued = 10_000

/**
 * Makes many small writes durable with one sync, which does not block the event loop:
 * 1. Work that is queued in one turn of the event loop runs in one transaction, in the order of the
 *    calls.
 * 2. The commit is synced while the event loop runs. Work that comes meanwhile waits for the next
 *    transaction.
 * 3. When the sync has ended, the work's promises resolve.
 */
export class GroupCommit {
  readonly #db: Database
  readonly #wal: WalSync
  readonly #maxQueued: number
  #queue: Item[] = []
  #scheduled: NodeJS.Immediate | null = null
  #syncing: Promise<void> | null = null
  #closed = false

  constructor(db: Database, { maxQueued = defaultMaxQueued }: { maxQueued?: number } = {}) {
    this.#db = db
    this.#wal = new WalSync(db)
    this.#maxQueued = maxQueued
  }

  /**
   * Runs `work`, which must be synchronous and use this connection only. Resolves with its value
   * once its writes are on the disk. If `work` throws, only its own writes are undone, and the
   * promise rejects with its error. If the commit fails, all work of the transaction is undone and
   * rejected.
   *
   * @throws SqliteError `busy` (queue full, nothing was done), `closed` (also after a failed sync;
   * nothing was done), `sync_failed` (may be done)
   */
  run<T>(work: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(new SqliteError('closed', 'the database is closed'))
    const failed = this.#wal.failure
    if (failed !== null) {
      // This work did not run. So its code is not `sync_failed`, which says that it may be done.
      return Promise.reject(new SqliteError('closed', failed.message, { cause: failed }))
    }
    if (this.#queue.length >= this.#maxQueued) {
      return Promise.reject(new SqliteError('busy', 'too many writes are waiting: try again later'))
    }
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ work, resolve: (value) => resolve(value as T), reject })
      if (this.#syncing === null) this.#scheduled ??= setImmediate(() => this.#flush())
    })
  }

  /**
   * Refuses further work, and commits and syncs the queued work. The connection stays open: its
   * opener closes it.
   */
  async close(): Promise<void> {
    this.#closed = true
    while (this.#queue.length > 0 || this.#syncing !== null) {
      if (this.#syncing === null) this.#flush()
      await this.#syncing
    }
    await this.#wal.close()
  }

  #flush(): void {
    if (this.#scheduled !== null) clearImmediate(this.#scheduled)
    this.#scheduled = null
    const items = this.#queue
    this.#queue = []
    if (items.length === 0) return
    let settle: (() => void)[]
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      settle = items.map((item) => this.#runOne(item))
      this.#db.exec('COMMIT')
      this.#wal.wrote()
    } catch (error) {
      this.#rollBack()
      for (const item of items) item.reject(error)
      return
    }
    this.#syncing = this.#wal.sync().then(
      () => this.#synced(settle),
      (error: unknown) => this.#synced(items.map((item) => () => item.reject(error))),
    )
  }

  #synced(settle: readonly (() => void)[]): void {
    this.#syncing = null
    for (const done of settle) done()
    if (this.#queue.length > 0) this.#scheduled ??= setImmediate(() => this.#flush())
  }

  /**
   * If even the rollback fails, as on a broken disk, the next BEGIN also fails and rejects its
   * work.
   */
  #rollBack(): void {
    try {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
    } catch {
      // Callers get the error that caused the rollback.
    }
  }

  #runOne(item: Item): () => void {
    this.#db.exec('SAVEPOINT item')
    try {
      const value = item.work()
      this.#db.exec('RELEASE item')
      return () => item.resolve(value)
    } catch (error) {
      // A full disk or an I/O error makes SQLite undo the whole transaction, with the work of all
      // callers.
      if (!this.#db.isTransaction) throw error
      this.#db.exec('ROLLBACK TO item; RELEASE item')
      return () => item.reject(error)
    }
  }
}

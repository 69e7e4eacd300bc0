import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Database } from './open-database.ts'
import { WalSync } from './wal-sync.ts'

export interface LazyCommitOptions {
  /** The time from the first write of a transaction to its commit. Default 100. */
  commitAfterMs?: number
  /** The most writes in one transaction; the next write commits them first. Default 5,000. */
  maxWrites?: number
}

const retryAfterMs = 200

/**
 * Commits writes that can be derived again, such as a projection of a log: seldom, and without a
 * sync. The statements of the connection see a write immediately. A crash loses the writes since
 * the last commit, and a power cut also the commits since the last sync. Afterwards the file has
 * the state of some earlier commit, never a mixture of two.
 *
 * `durable` is for writes that cannot be derived.
 *
 * A full or failing disk makes SQLite undo the whole transaction, although `write` has returned for
 * its writes. So writes are kept until they are committed, and are repeated before the next read or
 * write. Until the repetition succeeds, every read and write fails.
 */
export class LazyCommit {
  readonly #db: Database
  readonly #wal: WalSync
  readonly #commitAfterMs: number
  readonly #maxWrites: number
  /** Writes since the last commit, oldest first. */
  #uncommitted: (() => void)[] = []
  #timer: NodeJS.Timeout | null = null
  #syncing: Promise<void> | null = null
  /** The commit and sync that the next `durable` calls share. */
  #nextSync: Promise<void> | null = null

  constructor(db: Database, { commitAfterMs = 100, maxWrites = 5_000 }: LazyCommitOptions = {}) {
    this.#db = db
    this.#wal = new WalSync(db)
    this.#commitAfterMs = commitAfterMs
    this.#maxWrites = maxWrites
  }

  /**
   * Runs a write (synchronous, idempotent, statements on this connection only). If it throws, part
   * of it may be done.
   * @throws what SQLite raises (the same write may be tried again); SqliteError `sync_failed` after
   * a failed sync (the write was not done, and no later one will be)
   */
  write(work: () => void): void {
    if (this.#wal.failure !== null) throw this.#wal.failure
    if (this.#uncommitted.length >= this.#maxWrites) this.#commit()
    if (!this.#db.isTransaction) this.#begin()
    work()
    this.#uncommitted.push(work)
    this.#timer ??= setTimeout(() => this.#onTimer(), this.#commitAfterMs).unref()
  }

  /** Runs a read, which sees every write before it. @throws as `write` */
  read<T>(work: () => T): T {
    if (this.#uncommitted.length > 0 && !this.#db.isTransaction) this.#begin()
    return work()
  }

  /**
   * Runs a write, and resolves when it and every write before it are on the disk. The calls of one
   * turn of the event loop, or during one sync, share a commit and a sync.
   *
   * @throws as `write`; SqliteError `sync_failed`: the write may have been made
   */
  async durable(work: () => void): Promise<void> {
    this.write(work)
    this.#nextSync ??= this.#syncNext()
    await this.#nextSync
  }

  /** Commits and syncs every write. The connection stays open: its opener closes it. */
  async close(): Promise<void> {
    await this.#nextSync?.catch(() => undefined)
    try {
      this.#commit()
      await this.#wal.sync()
    } finally {
      await this.#wal.close()
    }
  }

  async #syncNext(): Promise<void> {
    await (this.#syncing?.catch(() => undefined) ?? nextTurn())
    this.#nextSync = null
    this.#commit()
    this.#syncing = this.#wal.sync()
    await this.#syncing.finally(() => (this.#syncing = null))
  }

  #onTimer(): void {
    this.#timer = null
    try {
      this.#commit()
    } catch {
      // The writes are kept for the next attempt. Meanwhile reads and writes report the error.
      this.#timer = setTimeout(() => this.#onTimer(), retryAfterMs).unref()
    }
  }

  #commit(): void {
    if (this.#uncommitted.length === 0 && !this.#db.isTransaction) return
    if (!this.#db.isTransaction) this.#begin()
    this.#db.exec('COMMIT')
    this.#wal.wrote()
    this.#uncommitted = []
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  /** Begins a transaction, and repeats the writes of a transaction that SQLite has undone. */
  #begin(): void {
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      for (const work of this.#uncommitted) work()
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }
}

import { SqliteError } from './errors.ts'
import type { Database } from './open-database.ts'

interface Item {
  work(): unknown
  resolve(value: unknown): void
  reject(reason: unknown): void
}

const defaultMaxQueued = 10_000

/**
 * Makes many small writes durable with one sync: all work queued in one turn of the event loop runs
 * in one transaction, in the order of the calls.
 */
export class GroupCommit {
  readonly #db: Database
  readonly #maxQueued: number
  #queue: Item[] = []
  #scheduled: NodeJS.Immediate | null = null
  #closed = false

  constructor(db: Database, { maxQueued = defaultMaxQueued }: { maxQueued?: number } = {}) {
    this.#db = db
    this.#maxQueued = maxQueued
  }

  /**
   * Runs `work` (synchronous, statements on this connection only) and resolves with its value once
   * it is committed to the disk. If it throws, its own writes alone are undone and the promise
   * rejects with that error; if the commit fails, everything of this turn is undone and rejects.
   *
   * @throws SqliteError `busy` (queue full, nothing was done), `closed`
   */
  run<T>(work: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(new SqliteError('closed', 'the database is closed'))
    if (this.#queue.length >= this.#maxQueued) {
      return Promise.reject(new SqliteError('busy', 'too many writes are waiting'))
    }
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ work, resolve: (value) => resolve(value as T), reject })
      this.#scheduled ??= setImmediate(() => this.#flush())
    })
  }

  /**
   * Commits what is queued; later work is refused. The connection stays open: it is its opener's.
   */
  close(): void {
    this.#closed = true
    if (this.#scheduled !== null) clearImmediate(this.#scheduled)
    this.#flush()
  }

  #flush(): void {
    this.#scheduled = null
    const items = this.#queue
    this.#queue = []
    if (items.length === 0) return
    let settle: (() => void)[]
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      settle = items.map((item) => this.#runOne(item))
      this.#db.exec('COMMIT')
    } catch (error) {
      this.#rollBack()
      settle = items.map((item) => () => item.reject(error))
    }
    for (const done of settle) done()
  }

  /** Where even that fails, as on a broken disk, the next BEGIN fails too and rejects its work. */
  #rollBack(): void {
    try {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
    } catch {
      // What made it necessary is what callers are told.
    }
  }

  #runOne(item: Item): () => void {
    this.#db.exec('SAVEPOINT item')
    try {
      const value = item.work()
      this.#db.exec('RELEASE item')
      return () => item.resolve(value)
    } catch (error) {
      // A full disk or an I/O error makes SQLite undo the whole transaction: then nobody's work is
      // in it.
      if (!this.#db.isTransaction) throw error
      this.#db.exec('ROLLBACK TO item; RELEASE item')
      return () => item.reject(error)
    }
  }
}

import { promises as fs } from 'node:fs'
import { checkpoints } from './checkpoints.ts'
import { SqliteError } from './errors.ts'
import type { Database } from './open-database.ts'

/** Databases of this process whose last sync failed, by path. `diskProbe` reports them. */
export const failedSyncs: Map<string, SqliteError> = new Map()

type FileHandle = Awaited<ReturnType<typeof fs.open>>

/**
 * Syncs a database's write-ahead log to the disk beside the event loop. A commit (with
 * `synchronous = NORMAL`) only writes to the log file; it is durable once the file is synced. One
 * sync covers every commit before it, so callers who come while a sync runs share the next one.
 *
 * After a power cut SQLite takes the log up to its last whole commit, so an unsynced tail is cut
 * off and nothing before it is lost (https://www.sqlite.org/wal.html).
 *
 * A failed sync is final: the system may have dropped the pages that it could not write, and a
 * later sync would succeed without them. So every later call fails as well.
 */
export class WalSync {
  /** Null: the database is in memory, and there is nothing to sync. */
  readonly #path: string | null
  #file: Promise<FileHandle> | null = null
  #running: Promise<void> | null = null
  #next: Promise<void> | null = null
  #failure: SqliteError | null = null

  constructor(db: Database) {
    this.#path = db.location()
  }

  /**
   * Resolves when everything that was committed before this call is on the disk.
   * @throws SqliteError `sync_failed`
   */
  sync(): Promise<void> {
    if (this.#running === null) {
      this.#running = this.#run().finally(() => (this.#running = null))
      return this.#running
    }
    // The sync that runs may have begun before the caller's commit.
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = null
        return this.sync()
      })
    return this.#next
  }

  /** Why nothing may be written any more; null while the disk takes the syncs. */
  get failure(): SqliteError | null {
    return this.#failure
  }

  /** Notes a commit, so that a checkpoint follows. */
  wrote(): void {
    if (this.#path !== null) checkpoints.wrote(this.#path)
  }

  /** Resolves when neither a sync nor a checkpoint uses the file. Call it before its connection. */
  async close(): Promise<void> {
    await this.#next?.catch(() => undefined)
    await this.#running?.catch(() => undefined)
    const file = await this.#file?.catch(() => null)
    this.#file = null
    await file?.close()
    if (this.#path === null) return
    failedSyncs.delete(this.#path)
    await checkpoints.forget(this.#path)
  }

  async #run(): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    const path = this.#path
    if (path === null) return
    try {
      this.#file ??= fs.open(`${path}-wal`, 'r+')
      await (await this.#file).datasync()
    } catch (error) {
      const message = `the disk did not take what was written to ${path}: restart on a disk that works`
      this.#failure = new SqliteError('sync_failed', message, { cause: error })
      failedSyncs.set(path, this.#failure)
      throw this.#failure
    }
  }
}

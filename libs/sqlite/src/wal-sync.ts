import { promises as fs } from 'node:fs'
import { checkpoints } from './checkpoints.ts'
import { SqliteError } from './errors.ts'
import type { Database } from './open-database.ts'

/** Databases of this process whose last sync failed, by path. `diskProbe` reports them. */
export const failedSyncs: Map<string, SqliteError> = new Map()

type FileHandle = Awaited<ReturnType<typeof fs.open>>

/**
 * Syncs a database's write-ahead log to the disk without blocking the event loop. A commit (with
 * `synchronous = NORMAL`) only writes to the log file, and is durable once the file is synced. One
 * sync covers every commit before it, so all calls during a sync share the next one.
 *
 * After a power cut SQLite reads the log up to its last whole commit. So an unsynced tail is
 * dropped, and nothing before it is lost (https://www.sqlite.org/wal.html).
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
   * Resolves when every commit before this call is on the disk.
   *
   * @throws SqliteError `sync_failed`
   */
  sync(): Promise<void> {
    if (this.#running === null) {
      this.#running = this.#run().finally(() => (this.#running = null))
      return this.#running
    }
    // The current sync may have begun before the caller's commit.
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

  /**
   * Resolves when neither a sync nor a checkpoint uses the file. Call it before the connection is
   * closed.
   */
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
      const message = `the disk could not store the last writes to ${path}: check the disk, then restart`
      this.#failure = new SqliteError('sync_failed', message, { cause: error })
      failedSyncs.set(path, this.#failure)
      throw this.#failure
    }
  }
}

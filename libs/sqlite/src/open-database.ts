import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import { makePrivate } from './private-file.ts'

/** One connection, with the API of `DatabaseSync` in `node:sqlite`. */
export type Database = DatabaseSyncInstance

const busyTimeoutMs = 5_000
/**
 * Pages of 4 KiB in the write-ahead log. Above this number, a commit moves them into the file; see
 * `Checkpoints`.
 */
const maxWalPages = 20_000
/** The pages that one transaction changes should fit, or SQLite writes them twice. */
const maxCacheKib = 16_000

export interface OpenOptions {
  /** Opens an existing file for reading only. Default false. */
  readonly readOnly?: boolean
}

/**
 * Opens a database file, and creates it if it is missing. A commit survives a kill -9 once it has
 * returned. It survives a power cut only after a sync of the write-ahead log, which `GroupCommit`
 * and `LazyCommit` do without blocking the event loop. Only the owner can read the file and the
 * files that SQLite keeps beside it.
 *
 * Beware: SQLite returns TEXT only up to its first U+0000, without an error. Store text of users as
 * a BLOB (see `textToBlob`), or as JSON, which escapes U+0000.
 */
export function openDatabase(file: string, { readOnly = false }: OpenOptions = {}): Database {
  if (!readOnly && file !== ':memory:') makePrivate(file)
  const db = new DatabaseSync(file, { readOnly })
  try {
    db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}; PRAGMA foreign_keys = ON`)
    if (!readOnly)
      db.exec(
        `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
         PRAGMA wal_autocheckpoint = ${maxWalPages}; PRAGMA cache_size = -${maxCacheKib}`,
      )
  } catch (error) {
    db.close()
    throw error
  }
  return db
}

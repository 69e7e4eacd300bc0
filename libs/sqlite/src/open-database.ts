import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import { makePrivate } from './private-file.ts'

/** One connection, with the API of `node:sqlite`'s `DatabaseSync`. */
export type Database = DatabaseSyncInstance

const busyTimeoutMs = 5_000
/**
 * Pages of 4 KiB in the write-ahead log. Above this number a commit moves them into the file
 * itself; see `Checkpoints`.
 */
const maxWalPages = 4_000
/** The changes of one transaction should fit, or their pages are written twice. */
const maxCacheKib = 16_000

export interface OpenOptions {
  /** Opens an existing file for reading only. Default false. */
  readonly readOnly?: boolean
}

/**
 * Opens a database file, made if missing. A commit that returned survives a kill -9. It survives a
 * power cut once its write-ahead log was synced, which a commit does not do: `GroupCommit` and
 * `LazyCommit` do it beside the event loop. The file and those beside it are for their owner only.
 *
 * Beware: TEXT holding U+0000 reads back cut at it, without an error. Text of users goes in as a
 * BLOB or as JSON (which escapes it); see `textToBlob`.
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

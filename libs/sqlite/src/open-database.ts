import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import { makePrivate } from './private-file.ts'

/** One connection, with the API of `node:sqlite`'s `DatabaseSync`. */
export type Database = DatabaseSyncInstance

const busyTimeoutMs = 5_000

export interface OpenOptions {
  /** Opens an existing file for reading only. Default false. */
  readonly readOnly?: boolean
}

/**
 * Opens a database file, made if missing, so that a commit which returned survives a kill -9 and a
 * power cut (WAL with synchronous=FULL syncs the log at each commit; 0.2–0.7 ms, so commit in
 * groups: see `GroupCommit`). The file and those beside it are for their owner only.
 *
 * Beware: TEXT holding U+0000 reads back cut at it, without an error. Text of users goes in as a
 * BLOB or as JSON (which escapes it); see `textToBlob`.
 */
export function openDatabase(file: string, { readOnly = false }: OpenOptions = {}): Database {
  if (!readOnly && file !== ':memory:') makePrivate(file)
  const db = new DatabaseSync(file, { readOnly })
  try {
    db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}; PRAGMA foreign_keys = ON`)
    if (!readOnly) db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  } catch (error) {
    db.close()
    throw error
  }
  return db
}

import { PortError } from '@rookery/service-kit'

export type SqliteErrorCode =
  /**
   * The queue of a group commit is full. Nothing of this work was done, and it may be tried again.
   */
  | 'busy'
  /** The database was closed, or its disk failed, before this work could run. */
  | 'closed'
  /** A sync failed. Nothing more is written to this database. */
  | 'sync_failed'
  /** The file was written by a newer release than this one. */
  | 'newer_version'
  /** Another process holds the lock on the data folder. */
  | 'data_folder_in_use'
  /** The data folder cannot be created or written. */
  | 'data_folder_not_writable'

/**
 * Every error that this lib raises itself. SQLite's own errors pass through; see {@link
 * sqliteErrorCode}.
 */
export class SqliteError extends PortError<SqliteErrorCode> {
  override readonly name = 'SqliteError'

  get retryable(): boolean {
    return this.code === 'busy' || this.code === 'data_folder_in_use'
  }
}

export const sqliteBusy = 5
const sqliteConstraintPrimarykey = 1555
const sqliteConstraintUnique = 2067

/**
 * SQLite's extended result code of an error (5 = sqliteBusy …), or null if it is not SQLite's.
 * Check the code, not the class: the native errors fail `instanceof Error` in another realm (jest).
 */
export function sqliteErrorCode(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return null
  return typeof error.errcode === 'number' ? error.errcode : null
}

const sqliteLocked = 6
const sqliteNomem = 7
const sqliteReadonly = 8
const sqliteIoerr = 10
const sqliteFull = 13
const sqliteCantopen = 14

const diskTrouble: readonly number[] = [sqliteReadonly, sqliteIoerr, sqliteFull, sqliteCantopen]
const passing: readonly number[] = [sqliteBusy, sqliteLocked, sqliteNomem, ...diskTrouble]

/** True if the disk failed: it is full, or cannot be written or read. */
export function isDiskTrouble(error: unknown): boolean {
  return diskTrouble.includes((sqliteErrorCode(error) ?? 0) & 0xff)
}

/**
 * True if the same work may succeed later as it is, because the disk or the moment failed, not the
 * work.
 */
export function isUnavailable(error: unknown): boolean {
  return error instanceof SqliteError || passing.includes((sqliteErrorCode(error) ?? 0) & 0xff)
}

/** True if an insert failed because its key exists. */
export function isDuplicateKey(error: unknown): boolean {
  const code = sqliteErrorCode(error)
  return code === sqliteConstraintPrimarykey || code === sqliteConstraintUnique
}

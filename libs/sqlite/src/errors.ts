import { PortError } from '@rookery/service-kit'

export type SqliteErrorCode =
  /**
   * The queue of a group commit is full. The work was not begun, and may be repeated later.
   */
  | 'busy'
  /** The database was closed, or its disk failed, before this work could run. */
  | 'closed'
  /** A sync failed. Further writes to this database are refused. */
  | 'sync_failed'
  /** The file has the schema of a newer release. */
  | 'newer_version'
  /** Another process holds the lock on the data folder. */
  | 'data_folder_in_use'
  /** The data folder cannot be created or written. */
  | 'data_folder_not_writable'

/**
 * The errors of this lib. SQLite's own errors are thrown unchanged; see `sqliteErrorCode`.
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
 * SQLite's extended result code of an error, such as 5 (`sqliteBusy`); null if the error is not
 * SQLite's. Check the code, not the class: in another realm, as in jest, `instanceof Error` is
 * false for native errors.
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
const temporary: readonly number[] = [sqliteBusy, sqliteLocked, sqliteNomem, ...diskTrouble]

/** True if the disk failed: it is full, or cannot be written or read. */
export function isDiskTrouble(error: unknown): boolean {
  return diskTrouble.includes((sqliteErrorCode(error) ?? 0) & 0xff)
}

/**
 * True if the same work, unchanged, may succeed later: the disk failed, or the database was busy.
 */
export function isUnavailable(error: unknown): boolean {
  return error instanceof SqliteError || temporary.includes((sqliteErrorCode(error) ?? 0) & 0xff)
}

/** True if a write failed because its key exists. */
export function isDuplicateKey(error: unknown): boolean {
  const code = sqliteErrorCode(error)
  return code === sqliteConstraintPrimarykey || code === sqliteConstraintUnique
}

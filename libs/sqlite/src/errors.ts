import { PortError } from '@rookery/service-kit'

export type SqliteErrorCode =
  /** The queue of a group commit is full; nothing of this work was done: it may be tried again. */
  | 'busy'
  /** The group commit was closed before this work could run. */
  | 'closed'
  /** The file was written by a newer release than this one. */
  | 'newer_version'
  /** Another process holds the lock on the data folder. */
  | 'data_folder_in_use'
  /** The data folder cannot be made or written. */
  | 'data_folder_not_writable'

/**
 * Every error that this lib itself raises. What SQLite raises passes through; see {@link
 * sqliteErrorCode}.
 */
export class SqliteError extends PortError<SqliteErrorCode> {
  override readonly name = 'SqliteError'

  get retryable(): boolean {
    return this.code === 'busy' || this.code === 'data_folder_in_use'
  }
}

export const SQLITE_BUSY = 5
const SQLITE_CONSTRAINT_PRIMARYKEY = 1555
const SQLITE_CONSTRAINT_UNIQUE = 2067

/**
 * SQLite's extended result code of an error (5 = SQLITE_BUSY …), or null if it is not SQLite's.
 * Read the code, not the class: the native errors fail `instanceof Error` in another realm (jest).
 */
export function sqliteErrorCode(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return null
  return typeof error.errcode === 'number' ? error.errcode : null
}

const SQLITE_LOCKED = 6
const SQLITE_NOMEM = 7
const SQLITE_READONLY = 8
const SQLITE_IOERR = 10
const SQLITE_FULL = 13
const SQLITE_CANTOPEN = 14

const diskTrouble: readonly number[] = [SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN]
const passing: readonly number[] = [SQLITE_BUSY, SQLITE_LOCKED, SQLITE_NOMEM, ...diskTrouble]

/** Whether the disk is what failed: it is full, cannot be written or read. */
export function isDiskTrouble(error: unknown): boolean {
  return diskTrouble.includes((sqliteErrorCode(error) ?? 0) & 0xff)
}

/**
 * Whether the same work may succeed later as it is: what failed is the disk or the moment, not the
 * work.
 */
export function isUnavailable(error: unknown): boolean {
  return error instanceof SqliteError || passing.includes((sqliteErrorCode(error) ?? 0) & 0xff)
}

/** Whether an insert failed because its key is there already. */
export function isDuplicateKey(error: unknown): boolean {
  const code = sqliteErrorCode(error)
  return code === SQLITE_CONSTRAINT_PRIMARYKEY || code === SQLITE_CONSTRAINT_UNIQUE
}

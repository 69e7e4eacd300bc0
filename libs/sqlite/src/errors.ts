import { PortError } from '@rookery/service-kit'

export type SqliteErrorCode =
  /** The queue of a group commit is full; nothing of this work was done: it may be tried again. */
  | 'busy'
  /** The group commit was closed before this work could run. */
  | 'closed'
  /** The disk did not take a sync; nothing is written to this database any more. */
  | 'sync_failed'
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

export const sqliteBusy = 5
const sqliteConstraintPrimarykey = 1555
const sqliteConstraintUnique = 2067

/**
 * SQLite's extended result code of an error (5 = sqliteBusy …), or null if it is not SQLite's.
 * Read the code, not the class: the native errors fail `instanceof Error` in another realm (jest).
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
  return code === sqliteConstraintPrimarykey || code === sqliteConstraintUnique
}

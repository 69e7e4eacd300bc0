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

/** Every error that this lib itself raises. What SQLite raises passes through; see {@link sqliteErrorCode}. */
export class SqliteError extends Error {
  override readonly name = 'SqliteError'
  readonly code: SqliteErrorCode

  constructor(code: SqliteErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  /** Whether the same call may succeed later as it is. */
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

/** Whether an insert failed because its key is there already. */
export function isDuplicateKey(error: unknown): boolean {
  const code = sqliteErrorCode(error)
  return code === SQLITE_CONSTRAINT_PRIMARYKEY || code === SQLITE_CONSTRAINT_UNIQUE
}

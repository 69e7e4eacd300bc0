import { DatabaseSync } from '@photostructure/sqlite'
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sqliteBusy, SqliteError, sqliteErrorCode } from './errors.ts'
import { makePrivate } from './private-file.ts'

const sqliteReadonly = 8
const sqliteCantopen = 14

/**
 * Creates the folder for its owner only if it is missing, and locks it for this process. The lock
 * is SQLite's file lock, held by a transaction that never ends. The system releases it when the
 * process ends, also by kill -9, so no stale lock remains.
 *
 * @returns a function that unlocks; a repeated call does nothing
 * @throws SqliteError `data_folder_in_use`, `data_folder_not_writable`
 */
export function lockFolder(folder: string): () => void {
  try {
    makeFolder(folder)
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw notWritable(folder, error)
  }
  const db = openLock(folder)
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    const code = sqliteErrorCode(error)
    if (code === sqliteBusy) {
      const message = `the data folder ${folder} is in use by another process: stop it, or use another folder`
      throw new SqliteError('data_folder_in_use', message, { cause: error })
    }
    if (code !== null && [sqliteReadonly, sqliteCantopen].includes(code & 0xff)) {
      throw notWritable(folder, error)
    }
    throw error
  }
  return () => {
    if (db.isOpen) db.close()
  }
}

/**
 * Creates one level at a time, because mkdir with `recursive` never returns in an existing folder
 * that accepts no new entries, such as /proc.
 */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Another process may have created it meanwhile.
    if (!existsSync(folder)) throw error
  }
}

function openLock(folder: string): InstanceType<typeof DatabaseSync> {
  try {
    const file = join(folder, 'lock.db')
    makePrivate(file)
    return new DatabaseSync(file)
  } catch (error) {
    throw notWritable(folder, error)
  }
}

function notWritable(folder: string, cause: unknown): SqliteError {
  const message = `the data folder ${folder} cannot be written: correct its rights, or use another folder`
  return new SqliteError('data_folder_not_writable', message, { cause })
}

import { isDiskTrouble } from './errors.ts'
import type { Database } from './open-database.ts'

/**
 * Closes the database. First it moves the rest of the write-ahead log into the file, which then
 * holds all data. If the disk fails, the rest stays in the log, where it is as safe.
 */
export function closeDatabase(db: Database): void {
  if (!db.isOpen) return
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch (error) {
    if (!isDiskTrouble(error)) throw error
  } finally {
    db.close()
  }
}

import { isDiskTrouble } from './errors.ts'
import type { Database } from './open-database.ts'

/**
 * Closes it so that the one file holds everything: what still lies in the write-ahead log beside it
 * is moved over. Where the disk does not take that, it stays there and is as safe.
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

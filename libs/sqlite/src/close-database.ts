import { isDiskTrouble } from './errors.ts'
import type { Database } from './open-database.ts'

/**
 * Closes the database so that the one file holds everything: the rest of the write-ahead log beside
 * it is moved over. If the disk does not take it, the rest stays there and is as safe.
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

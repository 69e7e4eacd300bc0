import { SqliteError } from './errors.ts'
import type { Database } from './open-database.ts'

/**
 * Runs the schema steps that this file has not seen, up to `steps.length`, forward only and in one
 * transaction: a crash in the middle leaves the old schema. The file's `user_version` counts the
 * steps that were done, so released steps never change and a new release appends.
 *
 * @throws SqliteError `newer_version`
 */
export function migrate(db: Database, steps: readonly string[]): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    const { user_version: done } = db.prepare('PRAGMA user_version').get() as {
      user_version: number
    }
    if (done > steps.length) {
      throw new SqliteError(
        'newer_version',
        `${db.location() ?? 'the database'} has schema version ${done}, this release knows up to ${steps.length}: start the newer release`,
      )
    }
    for (const step of steps.slice(done)) db.exec(step)
    db.exec(`PRAGMA user_version = ${steps.length}`)
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

import { SqliteError } from './errors.ts'
import type { Database } from './open-database.ts'

/**
 * Runs the schema steps that this file lacks, in one transaction: a crash in the middle leaves the
 * old schema. The file's `user_version` counts the steps that were run. So released steps never
 * change, and a new release only appends steps. Example: a file of version 2 and five steps: the
 * last three run.
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
        `${db.location() ?? 'the database'} has schema version ${done}, but this release knows only up to ${steps.length}: start the newer release`,
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

import type { ChosenStatus } from '../accounts.ts'
import type { Transaction } from './database.ts'
import { inLists } from './in-lists.ts'

interface StatusRow {
  username: string
  status: ChosenStatus['status']
  said: string | null
  at_ms: number
}

/** The statuses that users chose. */
export class StatusTable {
  readonly #sql: Transaction

  constructor(sql: Transaction) {
    this.#sql = sql
  }

  async keep(chosen: ReadonlyMap<string, ChosenStatus>): Promise<void> {
    // Sorted by name, so that all processes lock the rows in the same order and never deadlock.
    for (const [username, { status, text, atMs }] of [...chosen].sort(([a], [b]) =>
      a < b ? -1 : 1,
    ))
      await this.#sql.run(
        `INSERT INTO statuses (username, status, said, at_ms)
         SELECT username, ?, ?, ? FROM accounts WHERE username = ? AND state = 'active'
         ON DUPLICATE KEY UPDATE
           status = IF(VALUES(at_ms) > statuses.at_ms, VALUES(status), statuses.status),
           said = IF(VALUES(at_ms) > statuses.at_ms, VALUES(said), statuses.said),
           at_ms = GREATEST(VALUES(at_ms), statuses.at_ms)`,
        status,
        text,
        atMs,
        username,
      )
  }

  async of(usernames: readonly string[]): Promise<Map<string, ChosenStatus>> {
    const found = new Map<string, ChosenStatus>()
    for (const { marks, params } of inLists(usernames)) {
      const rows = await this.#sql.rows<StatusRow>(
        `SELECT username, status, said, at_ms FROM statuses WHERE username IN (${marks})`,
        ...params,
      )
      for (const { username, status, said, at_ms } of rows)
        found.set(username, { status, text: said, atMs: at_ms })
    }
    return found
  }

  async forget(username: string): Promise<void> {
    await this.#sql.run('DELETE FROM statuses WHERE username = ?', username)
  }
}

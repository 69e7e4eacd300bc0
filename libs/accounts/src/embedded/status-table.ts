import { blobToText, type Statements, textToBlob } from '@rookery/sqlite'
import type { ChosenStatus } from '../accounts.ts'

interface StatusRow {
  username: string
  status: ChosenStatus['status']
  said: Uint8Array | null
  at_ms: number
}

/** The statuses that users chose. The caller runs writes inside its transaction. */
export class StatusTable {
  readonly #sql: Statements

  constructor(sql: Statements) {
    this.#sql = sql
  }

  keep(chosen: ReadonlyMap<string, ChosenStatus>): void {
    for (const [username, { status, text, atMs }] of chosen)
      this.#sql.run(
        `INSERT INTO statuses (username, status, said, at_ms)
         SELECT username, ?, ?, ? FROM accounts WHERE username = ? AND state = 'active'
         ON CONFLICT (username) DO UPDATE
         SET status = excluded.status, said = excluded.said, at_ms = excluded.at_ms
         WHERE excluded.at_ms > at_ms`,
        status,
        text === null ? null : textToBlob(text),
        atMs,
        username,
      )
  }

  of(usernames: readonly string[]): Map<string, ChosenStatus> {
    const rows = this.#sql.all<StatusRow>(
      'SELECT * FROM statuses WHERE username IN (SELECT value FROM json_each(?))',
      JSON.stringify(usernames),
    )
    return new Map(
      rows.map(({ username, status, said, at_ms }) => [
        username,
        { status, text: said === null ? null : blobToText(said), atMs: at_ms },
      ]),
    )
  }

  forget(username: string): void {
    this.#sql.run('DELETE FROM statuses WHERE username = ?', username)
  }
}

import { foldUsername } from '@rookery/domain'
import { blobToText, isDuplicateKey, type Statements, textToBlob } from '@rookery/sqlite'
import type { Account, NewAccount, Restrictions } from '../accounts.ts'
import { unmatchedHash } from '../unmatched-hash.ts'

interface AccountRow {
  username: string
  display_name: Uint8Array
  password_hash: string
  state: Account['state']
  created_at_ms: number
  banned_until_ms: number | null
  muted_until_ms: number | null
  worker_id: string | null
}

interface Mute {
  username: string
  muted_until_ms: number
}

/** The statements about accounts. The caller runs writes inside its transaction. */
export class AccountTable {
  readonly #sql: Statements

  constructor(sql: Statements) {
    this.#sql = sql
  }

  create({ username, displayName, passwordHash, createdAtMs }: NewAccount): 'created' | 'taken' {
    try {
      this.#sql.run(
        `INSERT INTO accounts (username, name_key, display_name, password_hash, state, created_at_ms)
         VALUES (?, ?, ?, ?, 'inactive', ?)`,
        username,
        foldUsername(username),
        textToBlob(displayName),
        passwordHash,
        createdAtMs,
      )
      return 'created'
    } catch (error) {
      if (isDuplicateKey(error)) return 'taken'
      throw error
    }
  }

  find(username: string): Account | null {
    const row = this.#sql.get<AccountRow>('SELECT * FROM accounts WHERE username = ?', username)
    return row === undefined ? null : accountOf(row)
  }

  findMany(usernames: readonly string[]): Map<string, Account> {
    const rows = this.#sql.all<AccountRow>(
      'SELECT * FROM accounts WHERE username IN (SELECT value FROM json_each(?))',
      JSON.stringify(usernames),
    )
    return new Map(rows.map((row) => [row.username, accountOf(row)]))
  }

  mutesOf(usernames: readonly string[]): Map<string, number> {
    const rows = this.#sql.all<Mute>(
      `SELECT username, muted_until_ms FROM accounts
       WHERE username IN (SELECT value FROM json_each(?)) AND muted_until_ms IS NOT NULL`,
      JSON.stringify(usernames),
    )
    return new Map(rows.map((row) => [row.username, row.muted_until_ms]))
  }

  search(prefix: string, limit: number): Account[] {
    return this.#sql
      .all<AccountRow>(
        `SELECT * FROM accounts
         WHERE username >= ?1 AND username < ?1 || char(0x10FFFF) AND state = 'active'
         ORDER BY username LIMIT ?2`,
        prefix,
        limit,
      )
      .map(accountOf)
  }

  enrollWorker(workerId: string, atMs: number): 'enrolled' | 'taken' {
    const username = workerId.toLowerCase()
    try {
      this.#sql.run(
        `INSERT INTO accounts
           (username, name_key, display_name, password_hash, state, created_at_ms, worker_id)
         VALUES (?, ?, ?, ?, 'active', ?, ?)`,
        username,
        foldUsername(username),
        textToBlob(workerId),
        unmatchedHash,
        atMs,
        workerId,
      )
      return 'enrolled'
    } catch (error) {
      if (!isDuplicateKey(error)) throw error
    }
    const again = "UPDATE accounts SET state = 'active' WHERE username = ? AND worker_id = ?"
    return this.#sql.run(again, username, workerId) === 1 ? 'enrolled' : 'taken'
  }

  quitWorker(workerId: string): void {
    this.#sql.run(
      "UPDATE accounts SET state = 'deleted' WHERE username = ? AND worker_id = ?",
      workerId.toLowerCase(),
      workerId,
    )
  }

  activate(username: string): boolean {
    return this.#update(username, "state = 'active'")
  }

  setDisplayName(username: string, displayName: string): boolean {
    return this.#update(username, 'display_name = ?', textToBlob(displayName))
  }

  setPasswordHash(username: string, from: string, to: string): boolean {
    const where = "username = ? AND password_hash = ? AND state <> 'deleted'"
    const sql = `UPDATE accounts SET password_hash = ? WHERE ${where}`
    return this.#sql.run(sql, to, username, from) === 1
  }

  setRestrictions(
    username: string,
    { bannedUntilMs, mutedUntilMs }: Partial<Restrictions>,
  ): boolean {
    const row = this.find(username)
    return this.#update(
      username,
      'banned_until_ms = ?, muted_until_ms = ?',
      bannedUntilMs === undefined ? (row?.bannedUntilMs ?? null) : bannedUntilMs,
      mutedUntilMs === undefined ? (row?.mutedUntilMs ?? null) : mutedUntilMs,
    )
  }

  /** The tombstone's display name is its username. */
  delete(username: string): boolean {
    return this.#update(
      username,
      "state = 'deleted', password_hash = '', display_name = ?",
      textToBlob(username),
    )
  }

  departing(limit: number): string[] {
    return this.#sql
      .all<{ username: string }>('SELECT username FROM departures ORDER BY id LIMIT ?', limit)
      .map(({ username }) => username)
  }

  departed(username: string): void {
    this.#sql.run('DELETE FROM departures WHERE username = ?', username)
  }

  #update(username: string, set: string, ...values: (number | Uint8Array | null)[]): boolean {
    const sql = `UPDATE accounts SET ${set} WHERE username = ? AND state <> 'deleted'`
    return this.#sql.run(sql, ...values, username) === 1
  }
}

function accountOf(row: AccountRow): Account {
  return {
    username: row.username,
    displayName: blobToText(row.display_name),
    passwordHash: row.password_hash,
    state: row.state,
    createdAtMs: row.created_at_ms,
    bannedUntilMs: row.banned_until_ms,
    mutedUntilMs: row.muted_until_ms,
    ...(row.worker_id === null ? {} : { workerId: row.worker_id }),
  }
}

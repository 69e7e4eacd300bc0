import { foldUsername } from '@rookery/domain'
import type { Account, NewAccount, Restrictions } from '../accounts.ts'
import { unmatchedHash } from '../unmatched-hash.ts'
import { isDuplicateKey, type Param, type Transaction } from './database.ts'
import { inLists } from './in-lists.ts'

interface AccountRow {
  username: string
  display_name: string
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

const columns =
  'username, display_name, password_hash, state, created_at_ms, banned_until_ms, muted_until_ms, worker_id'
// Sorts after every character that a username may have.
const afterNames = '\u007F'

/** The statements about accounts. */
export class AccountTable {
  readonly #sql: Transaction

  constructor(sql: Transaction) {
    this.#sql = sql
  }

  async create(account: NewAccount): Promise<'created' | 'taken'> {
    const { username, displayName, passwordHash, createdAtMs } = account
    try {
      await this.#sql.run(
        `INSERT INTO accounts (username, name_key, display_name, password_hash, state, created_at_ms)
         VALUES (?, ?, ?, ?, 'inactive', ?)`,
        username,
        foldUsername(username),
        displayName,
        passwordHash,
        createdAtMs,
      )
      return 'created'
    } catch (error) {
      if (isDuplicateKey(error)) return 'taken'
      throw error
    }
  }

  async find(username: string): Promise<Account | null> {
    const [row] = await this.#sql.rows<AccountRow>(
      `SELECT ${columns} FROM accounts WHERE username = ?`,
      username,
    )
    return row === undefined ? null : accountOf(row)
  }

  async findMany(usernames: readonly string[]): Promise<Map<string, Account>> {
    const found = new Map<string, Account>()
    for (const { marks, params } of inLists(usernames)) {
      const rows = await this.#sql.rows<AccountRow>(
        `SELECT ${columns} FROM accounts WHERE username IN (${marks})`,
        ...params,
      )
      for (const row of rows) found.set(row.username, accountOf(row))
    }
    return found
  }

  async mutesOf(usernames: readonly string[]): Promise<Map<string, number>> {
    const found = new Map<string, number>()
    for (const { marks, params } of inLists(usernames)) {
      const rows = await this.#sql.rows<Mute>(
        `SELECT username, muted_until_ms FROM accounts
         WHERE username IN (${marks}) AND muted_until_ms IS NOT NULL`,
        ...params,
      )
      for (const row of rows) found.set(row.username, row.muted_until_ms)
    }
    return found
  }

  async search(prefix: string, limit: number): Promise<Account[]> {
    const rows = await this.#sql.rows<AccountRow>(
      `SELECT ${columns} FROM accounts WHERE username >= ? AND username < ? AND state = 'active'
       ORDER BY username LIMIT ?`,
      prefix,
      prefix + afterNames,
      // As text, because the driver sends a number as a floating-point one, which LIMIT refuses.
      String(limit),
    )
    return rows.map(accountOf)
  }

  async enrollWorker(workerId: string, atMs: number): Promise<'enrolled' | 'taken'> {
    const username = workerId.toLowerCase()
    try {
      await this.#sql.run(
        `INSERT INTO accounts
           (username, name_key, display_name, password_hash, state, created_at_ms, worker_id)
         VALUES (?, ?, ?, ?, 'active', ?, ?)`,
        username,
        foldUsername(username),
        workerId,
        unmatchedHash,
        atMs,
        workerId,
      )
      return 'enrolled'
    } catch (error) {
      if (!isDuplicateKey(error)) throw error
    }
    const again = "UPDATE accounts SET state = 'active' WHERE username = ? AND worker_id = ?"
    return (await this.#sql.run(again, username, workerId)) === 1 ? 'enrolled' : 'taken'
  }

  async quitWorker(workerId: string): Promise<void> {
    await this.#sql.run(
      "UPDATE accounts SET state = 'deleted' WHERE username = ? AND worker_id = ?",
      workerId.toLowerCase(),
      workerId,
    )
  }

  activate(username: string): Promise<boolean> {
    return this.#update(username, "state = 'active'")
  }

  setDisplayName(username: string, displayName: string): Promise<boolean> {
    return this.#update(username, 'display_name = ?', displayName)
  }

  async setPasswordHash(username: string, from: string, to: string): Promise<boolean> {
    const matched = await this.#sql.run(
      `UPDATE accounts SET password_hash = ?
       WHERE username = ? AND password_hash = ? AND state <> 'deleted'`,
      to,
      username,
      from,
    )
    return matched === 1
  }

  setRestrictions(
    username: string,
    { bannedUntilMs, mutedUntilMs }: Partial<Restrictions>,
  ): Promise<boolean> {
    const given = (value: number | null | undefined): [given: number, value: number | null] => [
      value === undefined ? 0 : 1,
      value ?? null,
    ]
    return this.#update(
      username,
      'banned_until_ms = IF(?, ?, banned_until_ms), muted_until_ms = IF(?, ?, muted_until_ms)',
      ...given(bannedUntilMs),
      ...given(mutedUntilMs),
    )
  }

  /** The tombstone's display name is its username. */
  async delete(username: string): Promise<void> {
    await this.#update(
      username,
      "state = 'deleted', password_hash = '', display_name = ?",
      username,
    )
  }

  async departing(limit: number): Promise<string[]> {
    const rows = await this.#sql.rows<{ username: string }>(
      'SELECT username FROM departures ORDER BY id LIMIT ?',
      String(limit),
    )
    return rows.map(({ username }) => username)
  }

  async departed(username: string): Promise<void> {
    await this.#sql.run('DELETE FROM departures WHERE username = ?', username)
  }

  async #update(username: string, set: string, ...values: Param[]): Promise<boolean> {
    const sql = `UPDATE accounts SET ${set} WHERE username = ? AND state <> 'deleted'`
    return (await this.#sql.run(sql, ...values, username)) === 1
  }
}

function accountOf(row: AccountRow): Account {
  return {
    username: row.username,
    displayName: row.display_name,
    passwordHash: row.password_hash,
    state: row.state,
    createdAtMs: row.created_at_ms,
    bannedUntilMs: row.banned_until_ms,
    mutedUntilMs: row.muted_until_ms,
    ...(row.worker_id === null ? {} : { workerId: row.worker_id }),
  }
}

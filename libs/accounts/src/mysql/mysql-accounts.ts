import type {
  Account,
  Accounts,
  AuditEntry,
  ChosenStatus,
  EndedFamily,
  EndReason,
  Family,
  FamilyLifetime,
  FamilySelection,
  FamilyStart,
  NewAccount,
  NewAuditEntry,
  Restrictions,
  Rotation,
} from '../accounts.ts'
import { AccountTable } from './account-table.ts'
import { AuditTable } from './audit-table.ts'
import { Database } from './database.ts'
import { FamilyTables } from './family-tables.ts'
import { StatusTable } from './status-table.ts'
import { migrate } from './migrate.ts'

export interface MysqlAccountsOptions {
  /**
   * `mysql://user:password@host:port/database`; MySQL 8.0 or later, or MariaDB 10.6 or later. The
   * database is created if it is missing.
   */
  url: string
}

/**
 * Opens the accounts. Any number of processes may open the same database at the same time, also an
 * empty one.
 *
 * @throws AccountsError `mismatch`: the database belongs to a newer release; `denied`: the server
 *   refuses the name, password or rights; `unavailable`: it cannot be reached
 */
export async function openMysqlAccounts({ url }: MysqlAccountsOptions): Promise<Accounts> {
  await migrate(url)
  return new MysqlAccounts(new Database(url))
}

/** Each method is one transaction. */
class MysqlAccounts implements Accounts {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  create(account: NewAccount): Promise<'created' | 'taken'> {
    return this.#onAccounts((accounts) => accounts.create(account))
  }

  activate(username: string): Promise<boolean> {
    return this.#onAccounts((accounts) => accounts.activate(username))
  }

  find(username: string): Promise<Account | null> {
    return this.#onAccounts((accounts) => accounts.find(username))
  }

  findMany(usernames: readonly string[]): Promise<ReadonlyMap<string, Account>> {
    return this.#onAccounts((accounts) => accounts.findMany(usernames))
  }

  mutesOf(usernames: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#onAccounts((accounts) => accounts.mutesOf(usernames))
  }

  search(prefix: string, limit: number): Promise<Account[]> {
    return this.#onAccounts((accounts) => accounts.search(prefix, limit))
  }

  setDisplayName(username: string, displayName: string): Promise<boolean> {
    return this.#onAccounts((accounts) => accounts.setDisplayName(username, displayName))
  }

  setPasswordHash(username: string, from: string, to: string): Promise<boolean> {
    return this.#onAccounts((accounts) => accounts.setPasswordHash(username, from, to))
  }

  setRestrictions(username: string, restrictions: Partial<Restrictions>): Promise<boolean> {
    return this.#onAccounts((accounts) => accounts.setRestrictions(username, restrictions))
  }

  delete(username: string, atMs: number): Promise<string[]> {
    return this.#database.run(async (sql) => {
      await new AccountTable(sql).delete(username)
      await new StatusTable(sql).forget(username)
      return new FamilyTables(sql).revoke({ username }, 'ended', atMs)
    })
  }

  departing(limit: number): Promise<string[]> {
    return this.#onAccounts((accounts) => accounts.departing(limit))
  }

  departed(username: string): Promise<void> {
    return this.#onAccounts((accounts) => accounts.departed(username))
  }

  keepStatuses(chosen: ReadonlyMap<string, ChosenStatus>): Promise<void> {
    return this.#database.run((sql) => new StatusTable(sql).keep(chosen))
  }

  statusesOf(usernames: readonly string[]): Promise<ReadonlyMap<string, ChosenStatus>> {
    return this.#database.run((sql) => new StatusTable(sql).of(usernames))
  }

  enrollWorker(workerId: string, atMs: number): Promise<'enrolled' | 'taken'> {
    return this.#onAccounts((accounts) => accounts.enrollWorker(workerId, atMs))
  }

  quitWorker(workerId: string): Promise<void> {
    return this.#onAccounts((accounts) => accounts.quitWorker(workerId))
  }

  startFamily(start: FamilyStart): Promise<{ familyId: string; refreshToken: string }> {
    return this.#onFamilies((families) => families.start(start))
  }

  rotate(refreshToken: string, lifetime: FamilyLifetime): Promise<Rotation> {
    return this.#onFamilies((families) => families.rotate(refreshToken, lifetime))
  }

  reissue(family: { username: string; familyId: string }, atMs: number): Promise<string | null> {
    return this.#onFamilies((families) => families.reissue(family, atMs))
  }

  familyOf(refreshToken: string): Promise<{ familyId: string; username: string } | null> {
    return this.#onFamilies((families) => families.of(refreshToken))
  }

  listFamilies(username: string, lifetime: FamilyLifetime): Promise<Family[]> {
    return this.#onFamilies((families) => families.list(username, lifetime))
  }

  revoke(which: FamilySelection, reason: EndReason, atMs: number): Promise<string[]> {
    return this.#onFamilies((families) => families.revoke(which, reason, atMs))
  }

  revokedSince(sinceMs: number, limit: number): Promise<EndedFamily[]> {
    return this.#onFamilies((families) => families.revokedSince(sinceMs, limit))
  }

  forgetFamilies(lifetime: FamilyLifetime, endedBeforeMs: number, limit: number): Promise<number> {
    return this.#onFamilies((families) => families.forget(lifetime, endedBeforeMs, limit))
  }

  appendAudit(entry: NewAuditEntry): Promise<number> {
    return this.#database.run((sql) => new AuditTable(sql).append(entry))
  }

  listAudit(page: { before?: number; limit: number }): Promise<AuditEntry[]> {
    return this.#database.run((sql) => new AuditTable(sql).list(page))
  }

  close(): Promise<void> {
    return this.#database.close()
  }

  #onAccounts<T>(work: (accounts: AccountTable) => Promise<T>): Promise<T> {
    return this.#database.run((sql) => work(new AccountTable(sql)))
  }

  #onFamilies<T>(work: (families: FamilyTables) => Promise<T>): Promise<T> {
    return this.#database.run((sql) => work(new FamilyTables(sql)))
  }
}

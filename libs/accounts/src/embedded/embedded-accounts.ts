import {
  closeDatabase,
  type Database,
  GroupCommit,
  isUnavailable,
  migrate,
  openDatabase,
  Statements,
} from '@rookery/sqlite'
import { join } from 'node:path'
import { AccountsError } from '../accounts-error.ts'
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
import { FamilyTables } from './families.ts'
import { StatusTable } from './status-table.ts'
import { schema } from './schema.ts'

/** Opens `accounts.db` in the data folder, which this process has locked (`lockFolder`). */
export function openEmbeddedAccounts(folder: string): Accounts {
  const db = openDatabase(join(folder, 'accounts.db'))
  migrate(db, schema)
  return new EmbeddedAccounts(db)
}

/**
 * All work uses one connection, so each method is atomic. The writes of one turn of the event loop
 * are synced to the disk together.
 */
class EmbeddedAccounts implements Accounts {
  readonly #db: Database
  readonly #group: GroupCommit
  readonly #accounts: AccountTable
  readonly #statuses: StatusTable
  readonly #families: FamilyTables
  readonly #audit: AuditTable

  constructor(db: Database) {
    const sql = new Statements(db)
    this.#db = db
    this.#group = new GroupCommit(db)
    this.#accounts = new AccountTable(sql)
    this.#statuses = new StatusTable(sql)
    this.#families = new FamilyTables(sql)
    this.#audit = new AuditTable(sql)
  }

  create(account: NewAccount): Promise<'created' | 'taken'> {
    return this.#write(() => this.#accounts.create(account))
  }

  activate(username: string): Promise<boolean> {
    return this.#write(() => this.#accounts.activate(username))
  }

  find(username: string): Promise<Account | null> {
    return this.#read(() => this.#accounts.find(username))
  }

  findMany(usernames: readonly string[]): Promise<ReadonlyMap<string, Account>> {
    return this.#read(() => this.#accounts.findMany(usernames))
  }

  mutesOf(usernames: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#read(() => this.#accounts.mutesOf(usernames))
  }

  search(prefix: string, limit: number): Promise<Account[]> {
    return this.#read(() => this.#accounts.search(prefix, limit))
  }

  setDisplayName(username: string, displayName: string): Promise<boolean> {
    return this.#write(() => this.#accounts.setDisplayName(username, displayName))
  }

  setPasswordHash(username: string, from: string, to: string): Promise<boolean> {
    return this.#write(() => this.#accounts.setPasswordHash(username, from, to))
  }

  setRestrictions(username: string, restrictions: Partial<Restrictions>): Promise<boolean> {
    return this.#write(() => this.#accounts.setRestrictions(username, restrictions))
  }

  delete(username: string, atMs: number): Promise<string[]> {
    return this.#write(() => {
      this.#accounts.delete(username)
      this.#statuses.forget(username)
      return this.#families.revoke({ username }, 'ended', atMs)
    })
  }

  departing(limit: number): Promise<string[]> {
    return this.#read(() => this.#accounts.departing(limit))
  }

  departed(username: string): Promise<void> {
    return this.#write(() => this.#accounts.departed(username))
  }

  keepStatuses(chosen: ReadonlyMap<string, ChosenStatus>): Promise<void> {
    return this.#write(() => this.#statuses.keep(chosen))
  }

  statusesOf(usernames: readonly string[]): Promise<ReadonlyMap<string, ChosenStatus>> {
    return this.#read(() => this.#statuses.of(usernames))
  }

  enrollWorker(workerId: string, atMs: number): Promise<'enrolled' | 'taken'> {
    return this.#write(() => this.#accounts.enrollWorker(workerId, atMs))
  }

  quitWorker(workerId: string): Promise<void> {
    return this.#write(() => this.#accounts.quitWorker(workerId))
  }

  startFamily(start: FamilyStart): Promise<{ familyId: string; refreshToken: string }> {
    return this.#write(() => this.#families.start(start))
  }

  rotate(refreshToken: string, lifetime: FamilyLifetime): Promise<Rotation> {
    return this.#write(() => this.#families.rotate(refreshToken, lifetime))
  }

  reissue(family: { username: string; familyId: string }, atMs: number): Promise<string | null> {
    return this.#write(() => this.#families.reissue(family, atMs))
  }

  familyOf(refreshToken: string): Promise<{ familyId: string; username: string } | null> {
    return this.#read(() => this.#families.of(refreshToken))
  }

  listFamilies(username: string, lifetime: FamilyLifetime): Promise<Family[]> {
    return this.#read(() => this.#families.list(username, lifetime))
  }

  revoke(which: FamilySelection, reason: EndReason, atMs: number): Promise<string[]> {
    return this.#write(() => this.#families.revoke(which, reason, atMs))
  }

  revokedSince(sinceMs: number, limit: number): Promise<EndedFamily[]> {
    return this.#read(() => this.#families.revokedSince(sinceMs, limit))
  }

  forgetFamilies(lifetime: FamilyLifetime, endedBeforeMs: number, limit: number): Promise<number> {
    return this.#write(() => this.#families.forget(lifetime, endedBeforeMs, limit))
  }

  appendAudit(entry: NewAuditEntry): Promise<number> {
    return this.#write(() => this.#audit.append(entry))
  }

  listAudit(page: { before?: number; limit: number }): Promise<AuditEntry[]> {
    return this.#read(() => this.#audit.list(page))
  }

  async close(): Promise<void> {
    await this.#group.close()
    closeDatabase(this.#db)
  }

  async #read<T>(work: () => T): Promise<T> {
    if (!this.#db.isOpen) throw unavailable()
    try {
      return work()
    } catch (error) {
      throw isUnavailable(error) ? unavailable(error) : error
    }
  }

  async #write<T>(work: () => T): Promise<T> {
    try {
      return await this.#group.run(work)
    } catch (error) {
      throw isUnavailable(error) ? unavailable(error) : error
    }
  }
}

function unavailable(cause?: unknown): AccountsError {
  return new AccountsError('unavailable', 'the accounts accept no work now', { cause })
}

import { afterEach, beforeEach } from '@jest/globals'
import type { Accounts } from '../accounts.ts'

export interface OpenedAccounts {
  readonly accounts: Accounts
  /** Closes and opens the same data anew. */
  reopen(): Promise<Accounts>
  /** Runs a statement past the port, as somebody would who got at the database. */
  tamper(sql: string): Promise<void>
  /** Closes and removes the data. */
  close(): Promise<void>
}

export const startMs = 1_800_000_000_000

/** Opens empty accounts before each test of the block and removes them after it. */
export function eachOpened(open: () => Promise<OpenedAccounts>): OpenedAccounts {
  let opened: OpenedAccounts
  beforeEach(async () => {
    opened = await open()
  })
  afterEach(() => opened.close())
  return {
    get accounts(): Accounts {
      return opened.accounts
    },
    reopen: () => opened.reopen(),
    tamper: (sql) => opened.tamper(sql),
    close: () => opened.close(),
  }
}

/** Makes an active account. */
export async function register(
  accounts: Accounts,
  username: string,
  displayName: string = username,
): Promise<void> {
  await accounts.create({ username, displayName, passwordHash: 'hash', createdAtMs: startMs })
  await accounts.activate(username)
}

import { afterEach, beforeEach } from '@jest/globals'
import type { Accounts } from '../accounts.ts'

export interface OpenedAccounts {
  readonly accounts: Accounts
  /** Closes the accounts and opens the same data again. */
  reopen(): Promise<Accounts>
  /** Runs a statement without the port, as an attacker with access to the database would. */
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

/** Creates an active account. */
export async function register(
  accounts: Accounts,
  username: string,
  displayName: string = username,
): Promise<void> {
  await accounts.create({ username, displayName, passwordHash: 'hash', createdAtMs: startMs })
  await accounts.activate(username)
}

import { describe } from '@jest/globals'
import type { Accounts } from '../accounts.ts'
import { describeAccountRecords } from './account-records.ts'
import { describeAudit } from './audit.ts'
import { describeFamilies } from './families.ts'
import { describeStatuses } from './statuses.ts'
import { describeWorkers } from './workers.ts'

export interface OpenedAccounts {
  readonly accounts: Accounts
  /** Closes and opens the same data anew. */
  reopen(): Promise<Accounts>
  /** Runs a statement past the port, as somebody would who got at the database. */
  tamper(sql: string): Promise<void>
  /** Closes and removes the data. */
  close(): Promise<void>
}

/** The definition of the accounts port: every engine passes it as it is. `open` gives empty accounts. */
export function describeAccounts(engine: string, open: () => Promise<OpenedAccounts>): void {
  describe(`accounts on ${engine}`, () => {
    describeAccountRecords(open)
    describeStatuses(open)
    describeWorkers(open)
    describeFamilies(open)
    describeAudit(open)
  })
}

import { describe } from '@jest/globals'
import { describeAccountRecords } from './account-records.ts'
import { describeAudit } from './audit.ts'
import { describeFamilies } from './families.ts'
import type { OpenedAccounts } from './opened.ts'
import { describeStatuses } from './statuses.ts'
import { describeWorkers } from './workers.ts'

export type { OpenedAccounts } from './opened.ts'

/** The contract of the accounts port, which every engine passes. `open` opens empty accounts. */
export function describeAccounts(engine: string, open: () => Promise<OpenedAccounts>): void {
  describe(`accounts on ${engine}`, () => {
    describeAccountRecords(open)
    describeStatuses(open)
    describeWorkers(open)
    describeFamilies(open)
    describeAudit(open)
  })
}

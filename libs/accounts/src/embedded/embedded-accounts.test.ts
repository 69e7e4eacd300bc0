import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeAccounts } from '../testing/index.ts'
import { openEmbeddedAccounts } from './embedded-accounts.ts'

describeAccounts('embedded', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-accounts-'))
  let accounts = openEmbeddedAccounts(folder)
  return Promise.resolve({
    accounts,
    reopen: async () => {
      await accounts.close()
      accounts = openEmbeddedAccounts(folder)
      return accounts
    },
    close: async () => {
      await accounts.close()
      rmSync(folder, { recursive: true })
    },
  })
})

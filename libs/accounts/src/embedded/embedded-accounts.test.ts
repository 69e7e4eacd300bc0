import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '@rookery/sqlite'
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
    tamper: (sql) => {
      const db = openDatabase(join(folder, 'accounts.db'))
      // Without this, REPLACE deletes a row without calling its triggers.
      db.exec('PRAGMA recursive_triggers = ON')
      try {
        db.exec(sql)
        return Promise.resolve()
      } catch (error) {
        // SQLite's errors belong to another realm, where `instanceof Error` is false.
        return Promise.reject(new Error(String(error)))
      } finally {
        db.close()
      }
    },
    close: async () => {
      await accounts.close()
      rmSync(folder, { recursive: true })
    },
  })
})

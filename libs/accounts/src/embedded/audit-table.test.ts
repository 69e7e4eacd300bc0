import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, openDatabase } from '@rookery/sqlite'
import { openEmbeddedAccounts } from './embedded-accounts.ts'

let folder: string
let db: Database
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rookery-audit-'))
  const accounts = openEmbeddedAccounts(folder)
  await accounts.appendAudit({ by: 'root', act: 'ban', on: 'ann', atMs: 1 })
  await accounts.close()
  db = openDatabase(join(folder, 'accounts.db'))
})
afterAll(() => {
  db.close()
  rmSync(folder, { recursive: true })
})

it.each([
  'UPDATE audit SET on_user = 1',
  'DELETE FROM audit',
  "INSERT OR REPLACE INTO audit VALUES (1, 'eve', 'x', 'y', 2, NULL)",
])('the database itself refuses %s on the audit trail', (statement) => {
  // Replacing deletes silently unless triggers are told of it.
  db.exec('PRAGMA recursive_triggers = ON')
  expect(() => db.exec(statement)).toThrow(/append-only/)
  expect(db.prepare('SELECT by_user, on_user FROM audit').all()).toEqual([
    { by_user: 'root', on_user: 'ann' },
  ])
})

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closeDatabase } from './close-database.ts'
import { GroupCommit } from './group-commit.ts'
import { openDatabase } from './open-database.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rookery-checkpoints-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('checkpoints', () => {
  it('moves committed pages into the file while the connection stays open', async () => {
    const file = join(folder, 'x.db')
    const db = openDatabase(file)
    const group = new GroupCommit(db)
    await group.run(() => db.exec('CREATE TABLE t (x)'))
    await group.run(() => db.exec(`INSERT INTO t VALUES (zeroblob(1000000))`))
    while (statSync(file).size < 1_000_000) await new Promise((resolve) => setTimeout(resolve, 20))
    await group.close()
    closeDatabase(db)
    expect(existsSync(`${file}-wal`)).toBe(false)
  })
})

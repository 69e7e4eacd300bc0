import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GroupCommit } from './group-commit.ts'
import { type Database, openDatabase } from './open-database.ts'
import { Statements } from './statements.ts'

let folder: string
let db: Database
let sql: Statements

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rookery-sqlite-'))
  db = openDatabase(join(folder, 'x.db'))
  db.exec('CREATE TABLE t (n INTEGER PRIMARY KEY)')
  sql = new Statements(db)
})
afterEach(() => {
  db.close()
  rmSync(folder, { recursive: true })
})

const insert = (n: number) => sql.run('INSERT INTO t VALUES (?)', n)
const stored = () => sql.all<{ n: number }>('SELECT n FROM t ORDER BY n').map((row) => row.n)

describe('GroupCommit', () => {
  it('resolves with the value of the work, which is committed by then', async () => {
    const group = new GroupCommit(db)
    await expect(group.run(() => insert(1))).resolves.toBe(1)
    const other = openDatabase(join(folder, 'x.db'), { readOnly: true })
    expect(other.prepare('SELECT n FROM t').all()).toHaveLength(1)
    other.close()
  })

  it('runs the work of one turn in one transaction, in order', async () => {
    const group = new GroupCommit(db)
    const reader = openDatabase(join(folder, 'x.db'), { readOnly: true })
    const committed = reader.prepare('SELECT count(*) AS n FROM t')
    const seen: unknown[] = []
    await Promise.all(
      [1, 2, 3].map((n) => group.run(() => seen.push(insert(n) * n, committed.get()))),
    )
    const none = { n: 0 }
    expect(seen).toEqual([1, none, 2, none, 3, none])
    expect(committed.get()).toEqual({ n: 3 })
    reader.close()
  })

  it('undoes and rejects only the work that throws', async () => {
    const group = new GroupCommit(db)
    const outcome = await Promise.allSettled([
      group.run(() => insert(1)),
      group.run(() => {
        insert(2)
        throw new Error('no')
      }),
      group.run(() => insert(1)),
      group.run(() => insert(3)),
    ])
    expect(outcome.map((one) => one.status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ])
    expect(stored()).toEqual([1, 3])
  })

  it('rejects all work of the turn when the commit fails', async () => {
    db.exec('CREATE TABLE child (n INTEGER REFERENCES t DEFERRABLE INITIALLY DEFERRED)')
    const group = new GroupCommit(db)
    const outcome = await Promise.allSettled([
      group.run(() => insert(1)),
      group.run(() => sql.run('INSERT INTO child VALUES (99)')),
    ])
    expect(outcome.map((one) => one.status)).toEqual(['rejected', 'rejected'])
    expect(stored()).toEqual([])
    await expect(group.run(() => insert(5))).resolves.toBe(1)
  })

  it('rejects work above the bound with busy, and accepts work again afterwards', async () => {
    const group = new GroupCommit(db, { maxQueued: 2 })
    const first = [group.run(() => insert(1)), group.run(() => insert(2))]
    await expect(group.run(() => insert(3))).rejects.toMatchObject({ code: 'busy' })
    await Promise.all(first)
    await group.run(() => insert(4))
    expect(stored()).toEqual([1, 2, 4])
  })

  it('commits queued work when it closes, and refuses later work', async () => {
    const group = new GroupCommit(db)
    const queued = group.run(() => insert(1))
    await group.close()
    expect(stored()).toEqual([1])
    await expect(queued).resolves.toBe(1)
    await expect(group.run(() => insert(2))).rejects.toMatchObject({ code: 'closed' })
  })
})

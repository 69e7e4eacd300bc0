import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LazyCommit } from './lazy-commit.ts'
import { type Database, openDatabase } from './open-database.ts'
import { Statements } from './statements.ts'

let folder: string
let db: Database
let other: Database
let sql: Statements

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rookery-lazy-'))
  db = openDatabase(join(folder, 'x.db'))
  db.exec('CREATE TABLE t (n INTEGER PRIMARY KEY)')
  sql = new Statements(db)
  other = openDatabase(join(folder, 'x.db'), { readOnly: true })
})
afterEach(() => {
  other.close()
  if (db.isOpen) db.close()
  rmSync(folder, { recursive: true })
})

const never = { commitAfterMs: 3_600_000 }
const insert = (n: number) => () =>
  void sql.run('INSERT INTO t VALUES (?) ON CONFLICT DO NOTHING', n)
const numbers = (of: Database) =>
  (of.prepare('SELECT n FROM t ORDER BY n').all() as { n: number }[]).map(({ n }) => n)

describe('LazyCommit', () => {
  it('shows a write to its own connection immediately, and to others after the commit', async () => {
    const lazy = new LazyCommit(db, never)
    lazy.write(insert(1))
    expect(lazy.read(() => numbers(db))).toEqual([1])
    expect(numbers(other)).toEqual([])
    await lazy.close()
    expect(numbers(other)).toEqual([1])
  })

  it('commits a write after commitAfterMs', async () => {
    const lazy = new LazyCommit(db, { commitAfterMs: 5 })
    lazy.write(insert(1))
    while (numbers(other).length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(db.isTransaction).toBe(false)
    await lazy.close()
  })

  it('commits a transaction of maxWrites writes before the next write', async () => {
    const lazy = new LazyCommit(db, { ...never, maxWrites: 2 })
    for (const n of [1, 2, 3]) lazy.write(insert(n))
    expect(numbers(other)).toEqual([1, 2])
    await lazy.close()
  })

  it('commits a durable write together with every write before it', async () => {
    const lazy = new LazyCommit(db, never)
    lazy.write(insert(1))
    await Promise.all([lazy.durable(insert(2)), lazy.durable(insert(3))])
    expect(numbers(other)).toEqual([1, 2, 3])
    await lazy.close()
  })

  it('repeats the writes of a transaction that SQLite has undone before the next read or write', async () => {
    const lazy = new LazyCommit(db, never)
    lazy.write(insert(1))
    lazy.write(insert(2))
    // SQLite does this itself when the disk is full.
    db.exec('ROLLBACK')
    expect(numbers(db)).toEqual([])
    expect(lazy.read(() => numbers(db))).toEqual([1, 2])
    db.exec('ROLLBACK')
    lazy.write(insert(3))
    db.exec('ROLLBACK')
    await lazy.close()
    expect(numbers(other)).toEqual([1, 2, 3])
  })

  it('fails every read and write until the undone writes could be repeated', async () => {
    const lazy = new LazyCommit(db, never)
    let isFull = false
    lazy.write(() => {
      if (isFull) throw new Error('the disk is full')
      insert(1)()
    })
    db.exec('ROLLBACK')
    isFull = true
    expect(() => lazy.read(() => numbers(db))).toThrow('the disk is full')
    expect(() => lazy.write(insert(2))).toThrow('the disk is full')
    await expect(lazy.durable(insert(2))).rejects.toThrow('the disk is full')
    isFull = false
    expect(lazy.read(() => numbers(db))).toEqual([1])
    await lazy.close()
  })
})

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closeDatabase } from './close-database.ts'
import { diskProbe } from './disk-probe.ts'
import { isUnavailable, SqliteError } from './errors.ts'
import { GroupCommit } from './group-commit.ts'
import { lockFolder } from './lock-folder.ts'
import { openDatabase } from './open-database.ts'
import { Statements } from './statements.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rookery-files-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const openToOthers = (): string[] =>
  readdirSync(folder).filter((file) => (statSync(join(folder, file)).mode & 0o077) !== 0)

describe('the files of a database', () => {
  it('creates files that only their owner can read, in a folder that others can read', () => {
    chmodSync(folder, 0o755)
    const unlock = lockFolder(folder)
    const db = openDatabase(join(folder, 'a.db'))
    db.exec('CREATE TABLE t (a)')
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['a.db', 'a.db-wal', 'lock.db']))
    expect(openToOthers()).toEqual([])
    db.close()
    unlock()
  })

  it('removes the rights of others from the files of an older release', () => {
    for (const file of ['a.db', 'lock.db']) {
      writeFileSync(join(folder, file), '')
      chmodSync(join(folder, file), 0o644)
    }
    const unlock = lockFolder(folder)
    openDatabase(join(folder, 'a.db')).close()
    expect(openToOthers()).toEqual([])
    unlock()
  })

  it('holds all data in the .db file after closing', () => {
    const db = openDatabase(join(folder, 'a.db'))
    const sql = new Statements(db)
    db.exec('CREATE TABLE t (a)')
    // If closing left a statement open, its data would stay in the log beside the file.
    sql.run('INSERT INTO t VALUES (?)', 'kept')
    closeDatabase(db)
    copyFileSync(join(folder, 'a.db'), join(folder, 'b.db'))
    const copy = openDatabase(join(folder, 'b.db'))
    expect(new Statements(copy).all('SELECT a FROM t')).toEqual([{ a: 'kept' }])
    closeDatabase(copy)
    closeDatabase(copy)
  })
})

describe('a disk that fails', () => {
  it('refuses a write on a full disk with an error that may be retried', async () => {
    const db = openDatabase(join(folder, 'a.db'))
    const commits = new GroupCommit(db)
    db.exec('CREATE TABLE t (a BLOB); PRAGMA max_page_count = 10')
    const fill = (bytes: number) =>
      commits.run(() => new Statements(db).run('INSERT INTO t VALUES (zeroblob(?))', bytes))
    const error: unknown = await fill(100_000).catch((cause: unknown) => cause)
    expect(isUnavailable(error)).toBe(true)
    await expect(fill(10)).resolves.toBe(1)
    db.close()
  })

  it.each([
    ['is full', 13],
    ['fails', 10 | (3 << 8)],
    ['is read-only', 8],
    ['is gone', 14],
  ])('counts the error as temporary if the disk %s', (_case, errcode) => {
    expect(isUnavailable({ errcode })).toBe(true)
  })

  it('counts no broken constraint, damaged file or defect as a failure of the disk', () => {
    for (const errcode of [19, 2067, 11, 26, 1]) expect(isUnavailable({ errcode })).toBe(false)
    expect(isUnavailable(new TypeError('x'))).toBe(false)
    expect(isUnavailable(new SqliteError('busy', 'too many'))).toBe(true)
  })

  it('probes the disk without leaving a file, and reports that the folder is gone', async () => {
    const check = diskProbe(folder)
    await Promise.all([check(), check()])
    expect(readdirSync(folder)).toEqual([])
    await expect(diskProbe(join(folder, 'gone'))()).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('reports a full disk by the probe until the disk has room', async () => {
    // A device that accepts no data.
    symlinkSync('/dev/full', join(folder, 'probe.tmp'))
    await expect(diskProbe(folder)()).rejects.toMatchObject({ code: 'ENOSPC' })
    await expect(diskProbe(folder)()).resolves.toBeUndefined()
  })
})

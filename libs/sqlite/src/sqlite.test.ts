import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDuplicateKey } from './errors.ts'
import { lockFolder } from './lock-folder.ts'
import { migrate } from './migrate.ts'
import { openDatabase } from './open-database.ts'
import { Statements } from './statements.ts'
import { blobToText, textToBlob } from './text-blob.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rookery-sqlite-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('openDatabase', () => {
  it('opens a database with a write-ahead log, which a commit does not sync', () => {
    const db = openDatabase(join(folder, 'a.db'))
    const pragma = (name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get() as object)[0]
    expect(pragma('journal_mode')).toBe('wal')
    expect(pragma('synchronous')).toBe(1)
    expect(pragma('busy_timeout')).toBe(5000)
    expect(pragma('foreign_keys')).toBe(1)
    db.close()
  })

  it('refuses to write through a read-only connection', () => {
    const file = join(folder, 'a.db')
    const db = openDatabase(file)
    const reader = openDatabase(file, { readOnly: true })
    expect(() => reader.exec('CREATE TABLE t (a)')).toThrow(/readonly/)
    reader.close()
    db.close()
  })

  it('reads TEXT only up to U+0000, and a BLOB as a whole', () => {
    const db = openDatabase(join(folder, 'a.db'))
    db.exec('CREATE TABLE t (a TEXT, b BLOB)')
    const sql = new Statements(db)
    const text = '\uFEFFa\0b😀'
    sql.run('INSERT INTO t VALUES (?, ?)', text, textToBlob(text))
    const row = sql.get<{ a: string; b: Uint8Array }>('SELECT a, b FROM t')
    expect(row?.a).toBe('\uFEFFa')
    expect(blobToText(row?.b ?? new Uint8Array())).toBe(text)
    db.close()
  })
})

describe('Statements', () => {
  it('runs more different statements than it keeps', () => {
    const db = openDatabase(join(folder, 'a.db'))
    const sql = new Statements(db)
    const values = Array.from({ length: 600 }, (_, n) => n % 300)
    expect(values.map((n) => sql.get<{ v: number }>(`SELECT ${n} AS v`)?.v)).toEqual(values)
    db.close()
  })

  it('distinguishes a duplicate key from other errors', () => {
    const db = openDatabase(join(folder, 'a.db'))
    db.exec('CREATE TABLE t (a PRIMARY KEY, b UNIQUE, c NOT NULL)')
    const sql = new Statements(db)
    const errorOf = (...values: (string | null)[]) => {
      try {
        sql.run('INSERT INTO t VALUES (?, ?, ?)', ...values)
        return null
      } catch (error) {
        return error
      }
    }
    expect(errorOf('a', 'b', 'c')).toBeNull()
    expect(isDuplicateKey(errorOf('a', 'x', 'c'))).toBe(true)
    expect(isDuplicateKey(errorOf('x', 'b', 'c'))).toBe(true)
    expect(isDuplicateKey(errorOf('y', 'z', null))).toBe(false)
    db.close()
  })
})

describe('migrate', () => {
  it('runs each schema step once, over several releases', () => {
    const file = join(folder, 'a.db')
    const first = ['CREATE TABLE a (x)']
    for (const steps of [first, first, [...first, 'CREATE TABLE b (x)']]) {
      const db = openDatabase(file)
      migrate(db, steps)
      db.close()
    }
    const db = openDatabase(file)
    expect(db.prepare('SELECT name FROM sqlite_master ORDER BY name').all()).toHaveLength(2)
    db.close()
  })

  it('changes nothing when a schema step fails', () => {
    const db = openDatabase(join(folder, 'a.db'))
    expect(() => migrate(db, ['CREATE TABLE a (x)', 'nonsense'])).toThrow(/syntax/)
    expect(db.prepare('SELECT name FROM sqlite_master').all()).toEqual([])
    migrate(db, ['CREATE TABLE a (x)'])
    db.close()
  })

  it('refuses a database file of a newer release', () => {
    const db = openDatabase(join(folder, 'a.db'))
    migrate(db, ['CREATE TABLE a (x)', 'CREATE TABLE b (x)'])
    expect(() => migrate(db, ['CREATE TABLE a (x)'])).toThrow(
      expect.objectContaining({ code: 'newer_version' }),
    )
    db.close()
  })
})

describe('lockFolder', () => {
  it('creates the data folder for its owner only, and refuses a second lock until the release', () => {
    const data = join(folder, 'deep', 'data')
    const release = lockFolder(data)
    expect(statSync(data).mode & 0o777).toBe(0o700)
    expect(() => lockFolder(data)).toThrow(expect.objectContaining({ code: 'data_folder_in_use' }))
    release()
    release()
    lockFolder(data)()
  })

  it('excludes other processes, and frees the lock when its holder is killed', () => {
    const script = `
      import { DatabaseSync } from '@photostructure/sqlite'
      const db = new DatabaseSync(process.argv[1])
      db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
      process.kill(process.pid, 'SIGKILL')`
    const run = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', script, join(folder, 'lock.db')],
      { cwd: import.meta.dirname },
    )
    expect(run.signal).toBe('SIGKILL')
    expect(existsSync(join(folder, 'lock.db'))).toBe(true)
    const release = lockFolder(folder)
    const second = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', script, join(folder, 'lock.db')],
      { cwd: import.meta.dirname, encoding: 'utf8' },
    )
    expect(second.stderr).toMatch(/database is locked/)
    release()
  })

  it('reports a data folder that cannot be written', () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    for (const path of [file, join(file, 'data'), '/proc/data', '/proc/deep/data']) {
      expect(() => lockFolder(path)).toThrow(
        expect.objectContaining({ code: 'data_folder_not_writable' }),
      )
    }
  })
})

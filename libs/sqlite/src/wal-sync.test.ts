import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { diskProbe } from './disk-probe.ts'
import { GroupCommit } from './group-commit.ts'
import { type Database, openDatabase } from './open-database.ts'
import { WalSync } from './wal-sync.ts'

interface Handle {
  datasync(): Promise<void>
}

let folder: string
let db: Database
let datasync: jest.SpiedFunction<Handle['datasync']>

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rookery-wal-'))
  db = openDatabase(join(folder, 'x.db'))
  db.exec('CREATE TABLE t (n INTEGER PRIMARY KEY)')
  const any = await open('/dev/null')
  datasync = jest.spyOn(Object.getPrototypeOf(any) as Handle, 'datasync')
  await any.close()
})
afterEach(() => {
  datasync.mockRestore()
  db.close()
  rmSync(folder, { recursive: true })
})

describe('WalSync', () => {
  it('runs one more sync for all calls that come during a sync', async () => {
    const wal = new WalSync(db)
    const first = wal.sync()
    await Promise.all([first, wal.sync(), wal.sync(), wal.sync()])
    expect(datasync).toHaveBeenCalledTimes(2)
    await wal.close()
  })

  it('fails for good after one failed sync, because the system may have dropped the pages', async () => {
    datasync.mockRejectedValueOnce(new Error('EIO'))
    const wal = new WalSync(db)
    await expect(wal.sync()).rejects.toMatchObject({ code: 'sync_failed', retryable: false })
    await expect(wal.sync()).rejects.toMatchObject({ code: 'sync_failed' })
    expect(datasync).toHaveBeenCalledTimes(1)
    await wal.close()
  })

  it('syncs nothing for a database in memory', async () => {
    const memory = openDatabase(':memory:')
    const wal = new WalSync(memory)
    await wal.sync()
    expect(datasync).not.toHaveBeenCalled()
    await wal.close()
    memory.close()
  })
})

describe('GroupCommit', () => {
  it('refuses work after a failed sync without doing it, which the probe of the disk reports', async () => {
    datasync.mockRejectedValueOnce(new Error('EIO'))
    const group = new GroupCommit(db)
    const probe = diskProbe(folder)
    await expect(group.run(() => db.exec('INSERT INTO t VALUES (1)'))).rejects.toMatchObject({
      code: 'sync_failed',
    })
    await expect(group.run(() => db.exec('INSERT INTO t VALUES (2)'))).rejects.toMatchObject({
      code: 'closed',
    })
    expect(db.prepare('SELECT n FROM t WHERE n = 2').all()).toEqual([])
    await expect(probe()).rejects.toMatchObject({ code: 'sync_failed' })
    await group.close()
    await probe()
  })

  it('resolves work only after its sync, and gathers what comes meanwhile in one commit', async () => {
    let release = (): void => undefined
    datasync.mockImplementationOnce(() => new Promise((resolve) => (release = resolve)))
    const group = new GroupCommit(db)
    const done: number[] = []
    const insert = (n: number) =>
      group.run(() => db.exec(`INSERT INTO t VALUES (${n})`)).then(() => void done.push(n))
    const all = [insert(1)]
    while (datasync.mock.calls.length === 0) await new Promise((resolve) => setImmediate(resolve))
    all.push(insert(2), insert(3))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(done).toEqual([])
    expect(db.prepare('SELECT n FROM t').all()).toHaveLength(1)
    release()
    await Promise.all(all)
    expect(done).toEqual([1, 2, 3])
    expect(datasync).toHaveBeenCalledTimes(2)
    await group.close()
  })
})

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { openDatabase, Statements } from '@rookery/sqlite'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeMessageLog, Recorder } from '../testing/index.ts'
import { openEmbeddedLog } from './embedded-log.ts'

const makeFolder = (): string => mkdtempSync(join(tmpdir(), 'rookery-log-'))

describeMessageLog('SQLite', async () => {
  const folder = makeFolder()
  let log = await openEmbeddedLog({ folder })
  return {
    log,
    reopen: async () => {
      await log.close()
      log = await openEmbeddedLog({ folder })
      return log
    },
    dispose: async () => {
      await log.close()
      rmSync(folder, { recursive: true })
    },
  }
})

describe('the embedded log', () => {
  let folder: string
  beforeEach(() => {
    folder = makeFolder()
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('repeats the last timestamp when the clock goes back, even after a restart', async () => {
    let clock = 5_000
    const now = (): number => clock
    const first = await openEmbeddedLog({ folder, now })
    await first.append('key', new Uint8Array())
    await first.close()
    clock = 4_000
    const second = await openEmbeddedLog({ folder, now })
    const { partition } = await second.append('key', new Uint8Array())
    const records = await second.read(partition, 0, 10)
    expect(records.map((record) => record.timestampMs)).toEqual([5_000, 5_000])
    await second.close()
  })

  it('refuses to open a log with another partition count, because keys would move', async () => {
    await (await openEmbeddedLog({ folder, partitionCount: 8 })).close()
    await expect(openEmbeddedLog({ folder, partitionCount: 4 })).rejects.toMatchObject({
      code: 'mismatch',
    })
    const log = await openEmbeddedLog({ folder })
    expect(log.partitionCount).toBe(8)
    await log.close()
  })

  it('gives each log an id of its own', async () => {
    const other = makeFolder()
    const logs = [await openEmbeddedLog({ folder }), await openEmbeddedLog({ folder: other })]
    expect(new Set(logs.map((log) => log.epoch.installId)).size).toBe(2)
    for (const log of logs) await log.close()
    rmSync(other, { recursive: true })
  })

  it('refuses appends while the queue is full, and accepts them again afterwards', async () => {
    const log = await openEmbeddedLog({ folder })
    const accepted: Promise<unknown>[] = []
    while (log.writable) accepted.push(log.append('key', new Uint8Array(8)))
    await expect(log.append('key', new Uint8Array(8))).rejects.toMatchObject({
      code: 'unavailable',
    })
    await Promise.all(accepted)
    expect(log.writable).toBe(true)
    const { partition } = await log.append('key', new Uint8Array(8))
    expect(await log.read(partition, 0, 100_000)).toHaveLength(accepted.length + 1)
    await log.close()
  })

  it('revokes only the partitions that move when a consumer joins', async () => {
    const log = await openEmbeddedLog({ folder })
    const [first, second] = [new Recorder(), new Recorder()]
    await log.consume('group', first)
    await first.until(() => first.holds.length === 4)
    await log.consume('group', second)
    await second.until(() => second.holds.length === 2)
    expect(first.calls.filter((call) => call.startsWith('revoked'))).toEqual([
      'revoked 1',
      'revoked 3',
    ])
    expect(first.count('assigned 0')).toBe(1)
    await log.close()
  })

  it('sets an invalid record aside once, with its log position and the reason', async () => {
    const log = await openEmbeddedLog({ folder })
    const record = { partition: 1, offset: 7, timestampMs: 9, key: 'k', value: Uint8Array.of(0) }
    await log.deadLetter({ epoch: 1, ...record }, 'first')
    await log.deadLetter({ epoch: 1, ...record }, 'again')
    await log.close()
    const db = openDatabase(join(folder, 'log.db'))
    expect(new Statements(db).all('SELECT partition, offset, reason FROM dead_letters')).toEqual([
      { partition: 1, offset: 7, reason: 'first' },
    ])
    db.close()
  })
})

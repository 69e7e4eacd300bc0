import { describe, expect, it } from '@jest/globals'
import type { LoggedRecord, MessageLog } from '../message-log.ts'
import { bytes, keyIn, type LogFixture, text } from './log-under-test.ts'

export function describeAppending(fixture: LogFixture): void {
  describe('appending', () => {
    it('puts a record into the partition of its key, at ascending offsets', async () => {
      const { log } = fixture
      const key = keyIn(log, 2)
      const first = await log.append(key, bytes('one'))
      const second = await log.append(key, bytes('two'))
      expect(first.partition).toBe(2)
      expect(second.partition).toBe(2)
      expect(second.offset).toBeGreaterThan(first.offset)
    })

    it('reads back keys and values byte by byte, with partition and offset', async () => {
      const { log } = fixture
      const key = `ключ-😀-${'k'.repeat(60)}`
      const value = Uint8Array.from({ length: 256 }, (_, byte) => byte)
      const at = await log.append(key, value)
      const [record] = await log.read(at.partition, at.offset, 1)
      expect(record).toMatchObject({ ...at, key })
      expect([...(record?.value ?? [])]).toEqual([...value])
      expect(Math.abs((record?.timestampMs ?? 0) - Date.now())).toBeLessThan(60_000)
    })

    it('keeps the call order of each key when appends overlap', async () => {
      const { log } = fixture
      const keys = Array.from({ length: 6 }, (_, i) => keyIn(log, i % log.partitionCount))
      const appends = Array.from({ length: 300 }, (_, i) =>
        log.append(keys[i % keys.length] ?? '', bytes(String(i))),
      )
      const offsets = await Promise.all(appends)
      expect(new Set(offsets.map((at) => `${at.partition}/${at.offset}`)).size).toBe(300)
      const all = await readAll(log)
      for (const key of keys) {
        const order = all.filter((record) => record.key === key).map((r) => Number(text(r.value)))
        expect(order).toEqual([...order].sort((a, b) => a - b))
        expect(order).toHaveLength(50)
      }
    })

    it('never lets timestamps go back within a partition', async () => {
      const { log } = fixture
      const key = keyIn(log, 0)
      await Promise.all(Array.from({ length: 50 }, () => log.append(key, bytes('x'))))
      const times = (await readAll(log)).map((record) => record.timestampMs)
      expect(times).toEqual([...times].sort((a, b) => a - b))
    })

    it('refuses a record of 2 MiB for good, and stores nothing of it', async () => {
      const { log } = fixture
      await expect(log.append('key', new Uint8Array(2 * 1024 * 1024))).rejects.toMatchObject({
        code: 'too_large',
        retryable: false,
      })
      expect(await readAll(log)).toEqual([])
    })

    it('is writable while no append waits', () => {
      expect(fixture.log.writable).toBe(true)
    })

    it('refuses appends as unavailable after the log was closed', async () => {
      const { log } = fixture
      await log.close()
      await expect(log.append('key', bytes('late'))).rejects.toMatchObject({
        code: 'unavailable',
        retryable: true,
      })
    })
  })

  describe('reading', () => {
    it('reads records from the given offset on, up to the limit', async () => {
      const { log } = fixture
      const key = keyIn(log, 1)
      const offsets: number[] = []
      for (const value of ['a', 'b', 'c', 'd'])
        offsets.push((await log.append(key, bytes(value))).offset)
      const values = async (from: number, limit: number): Promise<string> =>
        (await log.read(1, from, limit)).map((record) => text(record.value)).join('')
      expect(await values(0, 100)).toBe('abcd')
      expect(await values(offsets[1] ?? 0, 2)).toBe('bc')
      expect(await values((offsets[3] ?? 0) + 1, 100)).toBe('')
    })

    it('reports equal bounds for an empty partition, and first and next offset for a used one', async () => {
      const { log } = fixture
      const empty = await log.bounds(3)
      expect(empty.end).toBe(empty.start)
      const first = await log.append(keyIn(log, 3), bytes('first'))
      const last = await log.append(keyIn(log, 3), bytes('last'))
      const used = await log.bounds(3)
      expect(used.start).toBeLessThanOrEqual(first.offset)
      expect(used.end).toBeGreaterThan(last.offset)
      const next = await log.append(keyIn(log, 3), bytes('next'))
      expect(next.offset).toBeGreaterThanOrEqual(used.end)
    })

    it('spreads keys over all partitions, the same way at every opening', async () => {
      const { partitionCount, partitionOf } = bind(fixture.log)
      const keys = Array.from({ length: 200 }, (_, i) => `channel-${i}`)
      const partitions = keys.map(partitionOf)
      expect(new Set(partitions).size).toBe(partitionCount)
      const reopened = bind(await fixture.reopen())
      expect(keys.map(reopened.partitionOf)).toEqual(partitions)
    })
  })

  describe('a restart', () => {
    it('keeps epoch, partitions, records and bounds over a restart, and appends after them', async () => {
      const { log } = fixture
      const key = keyIn(log, 2)
      const before = await log.append(key, bytes('before'))
      const bounds = await log.bounds(2)
      const reopened = await fixture.reopen()
      expect(reopened.epoch).toEqual(log.epoch)
      expect(reopened.partitionCount).toBe(log.partitionCount)
      expect(await reopened.bounds(2)).toEqual(bounds)
      const after = await reopened.append(key, bytes('after'))
      expect(after.offset).toBeGreaterThan(before.offset)
      const values = (await reopened.read(2, 0, 10)).map((record) => text(record.value))
      expect(values).toEqual(['before', 'after'])
    })
  })

  describe('setting a record aside', () => {
    it('accepts the same dead letter again', async () => {
      const { log } = fixture
      const at = await log.append('key', bytes('not a record'))
      const [record] = await log.read(at.partition, at.offset, 1)
      if (record === undefined) throw new Error('the record is missing')
      await log.deadLetter({ epoch: log.epoch.number, ...record }, 'not JSON in UTF-8')
      await expect(
        log.deadLetter({ epoch: log.epoch.number, ...record }, 'not JSON in UTF-8'),
      ).resolves.toBeUndefined()
    })
  })
}

async function readAll(log: MessageLog): Promise<LoggedRecord[]> {
  const partitions = Array.from({ length: log.partitionCount }, (_, partition) => partition)
  return (await Promise.all(partitions.map((partition) => log.read(partition, 0, 1_000)))).flat()
}

function bind(log: MessageLog): Pick<MessageLog, 'partitionCount' | 'partitionOf'> {
  return { partitionCount: log.partitionCount, partitionOf: (key) => log.partitionOf(key) }
}

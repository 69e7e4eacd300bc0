import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { sharedEngines } from '@rookery/engines'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MessageLog } from '../message-log.ts'
import { bytes, keyIn } from '../testing/log-under-test.ts'
import { Gate, Recorder } from '../testing/index.ts'
import { openKafkaLog } from './kafka-log.ts'

const { KAFKA_BROKERS } = await sharedEngines(['kafka'])
jest.setTimeout(30_000)

describe('a consumer group on Kafka', () => {
  let log: MessageLog

  beforeEach(async () => {
    const prefix = `_rookery-test-${randomUUID()}-`
    log = await openKafkaLog({
      brokers: [KAFKA_BROKERS],
      clientId: 'test',
      prefix,
      partitionCount: 4,
    })
  })
  afterEach(() => log.close())

  it('gives a partition to another consumer only after its batch has ended and it was revoked', async () => {
    const [first, second] = [new Recorder(), new Recorder()]
    first.onBatch = async (_partition, _records, turn) => {
      await new Promise<void>((resolve) => turn.signal.addEventListener('abort', () => resolve()))
      // Stands for a handler that waits for the answer to a write.
      await sleep(500)
    }
    const calls: string[] = []
    second.onAssigned = async (_partition, bounds) => {
      calls.push(...first.calls.filter((call) => /done|revoked/.test(call)))
      return bounds.start
    }
    await log.consume('group', first)
    await log.append(keyIn(log, 0), bytes('in work'))
    await first.until(() => first.count('batch 0') === 1)
    await log.consume('group', second)
    await second.until(() => second.holds.length === 2)
    expect(calls).toContain('done 0')
    expect(calls.filter((call) => call.startsWith('revoked')).length).toBeGreaterThanOrEqual(4)
  })

  it('delivers a backlog larger than its buffer to a slow handler, complete and in order', async () => {
    const key = keyIn(log, 0)
    const size = 900 * 1024
    const offsets: number[] = []
    for (let i = 0; i < 12; i += 1)
      offsets.push((await log.append(key, new Uint8Array(size))).offset)
    const gate = new Gate()
    const recorder = new Recorder()
    recorder.onBatch = async (partition) => {
      if (partition === 0) await gate.opened
    }
    await log.consume('group', recorder)
    await recorder.until(() => recorder.count('batch 0') === 1)
    // Each of these takes a fetch, which also brings one of the large records, until the buffer is
    // full.
    for (let round = 1; round <= 12; round += 1) {
      await log.append(keyIn(log, 1), bytes('another'))
      await recorder.until(() => recorder.count('done 1') >= round)
    }
    gate.open()
    await recorder.until(() => recorder.count('done 0') === 12)
    const seen = recorder.records.filter((record) => record.partition === 0)
    expect(seen.map((record) => record.offset)).toEqual(offsets)
  })

  it('keeps a halted partition halted when the group changes and it stays with its consumer', async () => {
    const recorder = new Recorder()
    recorder.onBatch = async () => {
      throw new Error('refused')
    }
    const consumption = await log.consume('group', recorder)
    for (const partition of [0, 1, 2, 3]) await log.append(keyIn(log, partition), bytes('poison'))
    while (consumption.halted.size < 4) await sleep(20)
    const other = new Recorder()
    await log.consume('group', other)
    await other.until(() => other.holds.length === 2)
    while (consumption.halted.size > 2) await sleep(20)
    const kept = [...consumption.halted.keys()]
    expect(new Set([...kept, ...other.holds]).size).toBe(4)
    expect(kept.map((partition) => recorder.count(`assigned ${partition}`))).toEqual([1, 1])
  })

  it('continues at the handler’s offset after a change of the group, and leaves out no record', async () => {
    const progress = new Map<number, number>()
    const seen: string[] = []
    const resuming = (): Recorder => {
      const recorder = new Recorder()
      recorder.onAssigned = async (partition, bounds) => progress.get(partition) ?? bounds.start
      recorder.onBatch = async (partition, records) => {
        for (const { offset } of records) seen.push(`${partition}/${offset}`)
        progress.set(partition, (records.at(-1)?.offset ?? -1) + 1)
      }
      return recorder
    }
    const first = resuming()
    await log.consume('group', first)
    const places: string[] = []
    const write = async (): Promise<void> => {
      for (let i = 0; i < 400; i += 1) {
        const { partition, offset } = await log.append(`key-${i}`, bytes(String(i)))
        places.push(`${partition}/${offset}`)
      }
    }
    const writing = write()
    const second = resuming()
    const consumption = await log.consume('group', second)
    await second.until(() => second.holds.length === 2)
    await consumption.close()
    await writing
    await first.until(() => seen.length >= places.length, second)
    expect([...seen].sort()).toEqual([...places].sort())
  })
})

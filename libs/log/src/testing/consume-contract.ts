import { describe, expect, it } from '@jest/globals'
import { bytes, keyIn, type LogFixture, text } from './log-under-test.ts'
import { Gate, Recorder } from './recorder.ts'

export function describeConsuming(fixture: LogFixture): void {
  const append = async (partition: number, ...values: string[]): Promise<number[]> => {
    const offsets: number[] = []
    for (const value of values)
      offsets.push((await fixture.log.append(keyIn(fixture.log, partition), bytes(value))).offset)
    return offsets
  }
  const valuesOf = (recorder: Recorder): string[] =>
    recorder.records.map((record) => text(record.value))

  describe('a consumer', () => {
    it('gives a single consumer every partition, and every old and new record once and in order', async () => {
      await append(0, 'a0', 'a1')
      const recorder = new Recorder()
      await fixture.consume(recorder)
      await recorder.until(() => recorder.records.length === 2)
      await append(0, 'a2')
      await append(1, 'b0')
      await recorder.until(() => recorder.records.length === 4)
      expect(recorder.holds).toHaveLength(fixture.log.partitionCount)
      expect(valuesOf(recorder).filter((value) => value.startsWith('a'))).toEqual([
        'a0',
        'a1',
        'a2',
      ])
      expect(recorder.batches.every((batch) => batch.length > 0)).toBe(true)
    })

    it('begins at the offset that the handler returns, not at a committed one', async () => {
      const [, second] = await append(0, 'one', 'two', 'three')
      const recorder = new Recorder()
      recorder.onAssigned = async (partition, bounds) =>
        partition === 0 ? (second ?? 0) : bounds.start
      const consumption = await fixture.consume(recorder)
      await recorder.until(() => recorder.records.length === 2)
      expect(valuesOf(recorder)).toEqual(['two', 'three'])
      await consumption.commit(0, (await fixture.log.bounds(0)).end)
      await consumption.close()

      const successor = new Recorder()
      successor.onAssigned = recorder.onAssigned
      await fixture.consume(successor)
      await successor.until(() => successor.records.length === 2)
      expect(valuesOf(successor)).toEqual(['two', 'three'])
    })

    it('passes the bounds of the assigned partition to the handler', async () => {
      await append(1, 'x', 'y')
      const expected = await fixture.log.bounds(1)
      const seen = new Map<number, unknown>()
      const recorder = new Recorder()
      recorder.onAssigned = async (partition, bounds) => {
        seen.set(partition, bounds)
        return bounds.end
      }
      await fixture.consume(recorder)
      await recorder.until(() => recorder.holds.length === fixture.log.partitionCount)
      expect(seen.get(1)).toEqual(expected)
    })

    it('delivers batches of at most 500 records, and of at most 1 MiB unless one record is larger', async () => {
      const { log } = fixture
      const small = keyIn(log, 0)
      const large = keyIn(log, 1)
      await Promise.all(Array.from({ length: 1_100 }, () => log.append(small, bytes('.'))))
      await Promise.all(
        Array.from({ length: 6 }, () => log.append(large, new Uint8Array(400 * 1024))),
      )
      const recorder = new Recorder()
      await fixture.consume(recorder)
      await recorder.until(() => recorder.records.length === 1_106)
      for (const batch of recorder.batches) {
        const size = batch.reduce((sum, record) => sum + record.value.byteLength, 0)
        expect(batch.length).toBeLessThanOrEqual(500)
        expect(batch.length === 1 || size <= 1024 * 1024).toBe(true)
      }
    })

    it('delivers the next batch of a partition only after the last one, while other partitions continue', async () => {
      const gate = new Gate()
      const recorder = new Recorder()
      recorder.onBatch = async (partition, _records, turn) => {
        if (partition !== 0) return
        await turn.keepAlive()
        await gate.opened
      }
      await fixture.consume(recorder)
      await append(0, 'held')
      await recorder.until(() => recorder.count('batch 0') === 1)
      await append(0, 'waits')
      await append(1, 'goes on')
      await recorder.until(() => recorder.count('done 1') === 1)
      expect(recorder.count('batch 0')).toBe(1)
      gate.open()
      await recorder.until(() => recorder.count('done 0') === 2)
      expect(valuesOf(recorder)).toContain('waits')
    })

    it('halts only the partition whose batch the handler rejects, and reports the reason', async () => {
      const refusal = new Error('refused')
      const recorder = new Recorder()
      recorder.onBatch = async (partition) => {
        if (partition === 0) throw refusal
      }
      const consumption = await fixture.consume(recorder)
      await append(0, 'poison', 'behind it')
      await recorder.until(() => recorder.count('batch 0') === 1)
      await append(1, 'fine')
      await recorder.until(() => recorder.count('done 1') === 1)
      await append(0, 'later')
      await append(1, 'still fine')
      await recorder.until(() => recorder.count('done 1') === 2)
      expect([...consumption.halted]).toEqual([[0, refusal]])
      expect(recorder.count('batch 0')).toBe(1)
    })

    it('halts a partition that the handler rejects at the hand-over, and delivers no batch of it', async () => {
      const refusal = new Error('rows without progress')
      await append(2, 'untouched')
      await append(3, 'read')
      const recorder = new Recorder()
      recorder.onAssigned = async (partition, bounds) => {
        if (partition === 2) throw refusal
        return bounds.start
      }
      const consumption = await fixture.consume(recorder)
      await recorder.until(() => recorder.count('done 3') === 1)
      expect(consumption.halted.get(2)).toBe(refusal)
      expect(valuesOf(recorder)).toEqual(['read'])
    })

    it('aborts the turn when a consumer is closed, waits for the batch to end, then revokes', async () => {
      const gate = new Gate()
      const recorder = new Recorder()
      let aborted = false
      recorder.onBatch = async (_partition, _records, turn) => {
        turn.signal.addEventListener('abort', () => {
          aborted = true
          gate.open()
        })
        await gate.opened
      }
      const consumption = await fixture.consume(recorder)
      await append(0, 'in work')
      await recorder.until(() => recorder.count('batch 0') === 1)
      await consumption.close()
      expect(aborted).toBe(true)
      expect(recorder.calls.indexOf('done 0')).toBeLessThan(recorder.calls.indexOf('revoked 0'))
      expect(recorder.holds).toEqual([])
    })

    it('delivers no record to a consumer that was closed', async () => {
      const recorder = new Recorder()
      const consumption = await fixture.consume(recorder)
      await recorder.until(() => recorder.holds.length === fixture.log.partitionCount)
      await consumption.close()
      await consumption.close()
      const witness = new Recorder()
      await fixture.consume(witness)
      await append(0, 'late')
      await witness.until(() => witness.records.length === 1)
      expect(recorder.records).toEqual([])
    })
  })

  describe('a group', () => {
    it('shares the partitions among the consumers of a group, each with one consumer at a time', async () => {
      const owner = new Map<number, Recorder>()
      const overlaps: number[] = []
      const exclusive = (recorder: Recorder): Recorder => {
        recorder.onBatch = async (partition) => {
          if (owner.has(partition)) overlaps.push(partition)
          owner.set(partition, recorder)
          await new Promise((resolve) => setImmediate(resolve))
          owner.delete(partition)
        }
        return recorder
      }
      const first = exclusive(new Recorder())
      const second = exclusive(new Recorder())
      await fixture.consume(first)
      await append(0, 'early')
      await first.until(() => first.records.length === 1)
      const writing = Promise.all(
        Array.from({ length: 40 }, (_, i) => append(i % 4, `during ${i}`)),
      )
      await fixture.consume(second)
      await writing
      await second.until(() => first.holds.length === 2 && second.holds.length === 2, first)
      expect(overlaps).toEqual([])
      expect([...first.holds, ...second.holds].sort((a, b) => a - b)).toEqual([0, 1, 2, 3])
    })

    it('continues a partition at its last holder’s progress, after that holder’s `revoked`', async () => {
      const progress = new Map<number, number>()
      const calls: string[] = []
      const resuming = (name: string): Recorder => {
        const recorder = new Recorder()
        recorder.onAssigned = async (partition, bounds) => {
          calls.push(`${name} assigned ${partition}`)
          return progress.get(partition) ?? bounds.start
        }
        recorder.onBatch = async (partition, records) => {
          progress.set(partition, (records.at(-1)?.offset ?? -1) + 1)
        }
        return recorder
      }
      const first = resuming('first')
      const second = resuming('second')
      const consumption = await fixture.consume(first)
      await append(0, 'by the first')
      await first.until(() => first.count('done 0') === 1)
      await consumption.close()
      await fixture.consume(second)
      await append(0, 'by the second')
      await second.until(() => second.records.length > 0)
      expect(valuesOf(first)).toEqual(['by the first'])
      expect(valuesOf(second)).toEqual(['by the second'])
      expect(first.holds).toEqual([])
      expect(calls.indexOf('first assigned 0')).toBeLessThan(calls.indexOf('second assigned 0'))
    })

    it('gives all partitions to the last consumer when the others are closed', async () => {
      const first = new Recorder()
      const second = new Recorder()
      const consumption = await fixture.consume(first)
      await fixture.consume(second)
      await second.until(() => second.holds.length === 2)
      await consumption.close()
      await second.until(() => second.holds.length === 4)
      await append(0, 'a')
      await append(1, 'b')
      await second.until(() => valuesOf(second).length === 2)
      expect(first.holds).toEqual([])
    })

    it('raises the generation when a consumer joins the group', async () => {
      const first = new Recorder()
      await fixture.consume(first)
      await append(0, 'before')
      await first.until(() => first.records.length === 1)
      const second = new Recorder()
      await fixture.consume(second)
      await second.until(() => second.holds.length === 2)
      for (const partition of [0, 1, 2, 3]) await append(partition, 'after')
      await second.until(() => second.generations.length > 0)
      expect(Math.min(...second.generations)).toBeGreaterThan(Math.min(...first.generations))
    })

    it('gives every group all records', async () => {
      const one = new Recorder()
      const other = new Recorder()
      await fixture.consume(one, 'one')
      await fixture.consume(other, 'other')
      await append(0, 'for both')
      await one.until(() => one.records.length === 1)
      await other.until(() => other.records.length === 1)
      expect(valuesOf(one)).toEqual(valuesOf(other))
    })

    it('shows brokers, partitions, and the lag of a group behind its commits', async () => {
      const { log } = fixture
      await append(0, 'a', 'b', 'c')
      const recorder = new Recorder()
      const consumption = await fixture.consume(recorder)
      await recorder.until(() => recorder.records.length === 3)
      const { end } = await log.bounds(0)
      await consumption.commit(0, end - 2)
      await consumption.commit(0, end - 1)
      const { brokers, partitions, groups } = await log.topology()
      expect(brokers.filter((broker) => broker.controller)).toHaveLength(1)
      expect(partitions).toHaveLength(log.partitionCount)
      expect(partitions[0]).toMatchObject({ partition: 0, end })
      expect(partitions[0]?.inSync).toContain(partitions[0]?.leader)
      expect(groups.find((row) => row.group === 'group' && row.partition === 0)?.lag).toBe(1)
    })
  })
}

import { describe, expect, it } from '@jest/globals'
import type { LoggedRecord } from '@rookery/log'
import type { Progress } from '@rookery/message-store'
import { PartitionHalted } from './partition-halted.ts'
import { startOffset } from './start-offset.ts'

const record = (offset: number): LoggedRecord => ({
  partition: 0,
  offset,
  timestampMs: 1_000 + offset,
  key: 'k',
  value: new Uint8Array(),
})

async function start(
  progress: Progress | null,
  { start: from = 0, end = 10, epoch = 1, rows = false } = {},
): Promise<{ offset: number; written: Progress | null }> {
  let written: Progress | null = null
  const log = {
    epoch: { installId: 'i', number: epoch },
    read: async (_partition: number, offset: number, limit: number) =>
      Array.from({ length: limit }, (_, i) => record(offset + i)),
  }
  const store = {
    progress: async () => progress,
    hasRows: async () => rows,
    setProgress: async (_partition: number, next: Progress) => void (written = next),
  }
  const offset = await startOffset(0, { start: from, end }, log, store)
  return { offset, written }
}

describe('the offset where a partition starts', () => {
  it('starts a partition at its progress row', async () => {
    const progress = { epoch: 1, next: 5, lastTimestampMs: 1_004 }
    expect(await start(progress)).toEqual({ offset: 5, written: null })
  })

  it('starts a new partition at the log’s start, and writes that down before it folds', async () => {
    expect(await start(null, { start: 3 })).toEqual({
      offset: 3,
      written: { epoch: 1, next: 3, lastTimestampMs: null },
    })
  })

  it('starts a partition at the log’s start in a new epoch', async () => {
    const progress = { epoch: 1, next: 500, lastTimestampMs: 1 }
    expect((await start(progress, { epoch: 2 })).offset).toBe(0)
  })

  it('starts at the progress of another dispatcher that began in between', async () => {
    const begun = { epoch: 1, next: 4, lastTimestampMs: 1_003 }
    const reads: (Progress | null)[] = [null, begun]
    const store = {
      progress: async () => reads.shift() ?? begun,
      hasRows: async () => true,
      setProgress: async () => undefined,
    }
    const log = { epoch: { installId: 'i', number: 1 }, read: async () => [record(3)] }
    expect(await startOffset(0, { start: 0, end: 10 }, log, store)).toBe(4)
  })

  it.each([
    ['rows without any progress', null, { rows: true }],
    ['progress below the log’s start', { epoch: 1, next: 2, lastTimestampMs: 1_001 }, { start: 3 }],
    ['progress past the log’s end', { epoch: 1, next: 11, lastTimestampMs: 1_010 }, {}],
    ['another record where progress ended', { epoch: 1, next: 5, lastTimestampMs: 999 }, {}],
    ['a log of an older epoch', { epoch: 2, next: 5, lastTimestampMs: 1_004 }, {}],
  ])('halts a partition at %s', async (_what, progress, more) => {
    await expect(start(progress, more)).rejects.toBeInstanceOf(PartitionHalted)
  })
})

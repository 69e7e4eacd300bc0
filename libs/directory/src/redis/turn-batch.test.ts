import { describe, expect, it } from '@jest/globals'
import { TurnBatch } from './turn-batch.ts'

function under(work?: (batch: readonly number[]) => Promise<readonly number[]>) {
  const batches: (readonly number[])[] = []
  const turnBatch = new TurnBatch<number, number>({
    work: async (batch) => {
      batches.push(batch)
      return work === undefined ? batch.map((each) => each * 10) : work(batch)
    },
    weigh: (each) => each,
    maxWeight: 10,
  })
  return { batches, turnBatch }
}

describe('a batch of one turn of the event loop', () => {
  it('gives each caller of a shared batch its own answer', async () => {
    const { batches, turnBatch } = under()
    expect(await Promise.all([turnBatch.add(1), turnBatch.add(2)])).toEqual([10, 20])
    expect(await turnBatch.add(3)).toBe(30)
    expect(batches).toEqual([[1, 2], [3]])
  })

  it('splits a batch above the maximum weight, and runs a heavier item alone', async () => {
    const { batches, turnBatch } = under()
    await Promise.all([4, 6, 1, 25, 3].map((each) => turnBatch.add(each)))
    expect(batches).toEqual([[4, 6], [1], [25], [3]])
  })

  it('rejects all callers of a failed batch, and no others', async () => {
    const { turnBatch } = under(async (batch) => {
      if (batch.includes(7)) throw new Error('failed')
      return batch
    })
    const outcomes = await Promise.allSettled([7, 1, 9].map((each) => turnBatch.add(each)))
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
  })
})

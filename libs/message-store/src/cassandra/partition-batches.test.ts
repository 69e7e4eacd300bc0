import { describe, expect, it } from '@jest/globals'
import { PartitionBatches } from './partition-batches.ts'

const statement = (cql: string, ...params: string[]) => ({ cql, params })

describe('the batches of a turn', () => {
  it('makes one batch per Cassandra partition, in the order of the statements', () => {
    const batches = new PartitionBatches()
    batches.add(['channel', 0], statement('a'))
    batches.add(['channel', 1], statement('b'))
    batches.add(['channel'], statement('c'))
    batches.add(['channel', 0], statement('d'), statement('e'))
    const cql = [...batches.batches()].map((batch) => batch.map((each) => each.cql))
    expect(cql).toEqual([['a', 'd', 'e'], ['b'], ['c']])
  })

  it('splits batches at 200 statements and at 512 KiB', () => {
    const batches = new PartitionBatches()
    for (let i = 0; i < 450; i += 1) batches.add(['many'], statement('x'))
    for (let i = 0; i < 6; i += 1) batches.add(['large'], statement('x', 'y'.repeat(200_000)))
    const sizes = [...batches.batches()].map((batch) => batch.length)
    expect(sizes).toEqual([200, 200, 50, 2, 2, 2])
  })
})

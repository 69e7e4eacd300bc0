import { describe, expect, it } from '@jest/globals'
import type { Client } from 'cassandra-driver'
import { StoreState } from './store-state.ts'

/** A client whose first changes, `timeOuts` of them, time out. It applies all later ones. */
function contended(timeOuts: number): { client: Client; changes: string[] } {
  const changes: string[] = []
  let left = timeOuts
  const execute = async (cql: string): Promise<object> => {
    if (cql.startsWith('SELECT')) return { rows: [] }
    changes.push(cql)
    if ((left -= 1) >= 0) throw new Error('write timeout')
    return { rows: [{}], wasApplied: () => true }
  }
  return { client: { execute } as unknown as Client, changes }
}

describe('the state of a keyspace', () => {
  it('repeats a change that times out because other processes interfere', async () => {
    const { client, changes } = contended(2)
    expect(await new StoreState(client, 'k').propose('name', 'value')).toBe('value')
    expect(changes).toHaveLength(3)
  })

  it('rejects a change that times out at every attempt, after fewer than 10 of them', async () => {
    const { client, changes } = contended(1_000)
    await expect(new StoreState(client, 'k').hold('name', 'owner', 1)).rejects.toThrow('time')
    expect(changes.length).toBeLessThan(10)
  })
})

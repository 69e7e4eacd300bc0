import { describe, expect, it } from '@jest/globals'
import type { Cluster } from '@rookery/protocol'
import { Vanished } from './vanished.ts'

const reading = (...names: string[]): Cluster => ({
  chatServers: names.map((id) => ({
    id: `chat-${id}`,
    host: 'h',
    port: 1,
    sockets: 0,
    draining: false,
  })),
  brokers: names.map((id) => ({ id: `broker-${id}`, host: 'h', controller: false })),
  partitions: names.map((id, partition) => ({
    partition,
    leader: 'a',
    inSync: [],
    dispatcher: `dispatcher-${id}`,
    lag: 0,
  })),
  presenceLeader: `presence-${names[0]}`,
  dependencies: {},
})

describe('the parts of the platform that have gone', () => {
  it('are those that an earlier reading had, of each kind', () => {
    const vanished = new Vanished()
    vanished.note(reading('a', 'b'), 0)
    expect(vanished.of('chatServer')).toEqual([])
    vanished.note(reading('b'), 2_000)
    expect(vanished.of('chatServer')).toEqual(['chat-a'])
    expect(vanished.of('dispatcher')).toEqual(['dispatcher-a'])
    expect(vanished.of('broker')).toEqual(['broker-a'])
    expect(vanished.of('presence')).toEqual(['presence-a'])
  })

  it('are shown until they are back, or for a minute', () => {
    const vanished = new Vanished()
    vanished.note(reading('a', 'b'), 0)
    vanished.note(reading('b'), 2_000)
    vanished.note(reading('b'), 61_000)
    expect(vanished.of('chatServer')).toEqual(['chat-a'])
    vanished.note(reading('a', 'b'), 61_500)
    expect(vanished.of('chatServer')).toEqual([])
    vanished.note(reading('b'), 62_000)
    vanished.note(reading('b'), 123_000)
    expect(vanished.of('chatServer')).toEqual([])
  })

  it('are not those of which nothing is known while the log does not answer', () => {
    const vanished = new Vanished()
    vanished.note(reading('a', 'b'), 0)
    vanished.note({ ...reading('a', 'b'), brokers: [], partitions: [] }, 2_000)
    expect([...vanished.of('broker'), ...vanished.of('dispatcher')]).toEqual([])
    vanished.note(reading('a'), 4_000)
    expect(vanished.of('broker')).toEqual(['broker-b'])
  })
})

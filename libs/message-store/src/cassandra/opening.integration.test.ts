import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { sharedEngines } from '@rookery/engines'
import { setTimeout as sleep } from 'node:timers/promises'
import { fresh } from '../testing/store-under-test.ts'
import {
  at,
  channelOfMessages,
  firstText,
  headAt,
  messageEvent,
  writes,
} from '../testing/writes.ts'
import type { MessageStore } from '../message-store.ts'
import { type CassandraStoreOptions, openCassandraStore } from './cassandra-store.ts'
import { type Install, mustBelongTo } from './install.ts'
import { migrate } from './migrate.ts'
import { schema } from './schema.ts'
import { clientOf } from './cassandra-session.ts'
import { StoreState } from './store-state.ts'
import { cassandraOptions } from './testing/cassandra-options.ts'

jest.setTimeout(60_000)
const variables = await sharedEngines(['cassandra'])

describe('opening a store on Cassandra', () => {
  const opened: MessageStore[] = []
  const shared = cassandraOptions(variables)
  const open = async (options: CassandraStoreOptions): Promise<MessageStore> => {
    const store = await openCassandraStore(options)
    opened.push(store)
    return store
  }
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()))
  })

  it('creates keyspace and tables once, even if ten processes open it together', async () => {
    const stores = await Promise.all(Array.from({ length: 10 }, () => open(shared)))
    const channelId = fresh('channel')
    await Promise.all(stores.map((store) => store.write(channelOfMessages(channelId, 3))))
    for (const store of stores) {
      expect(await store.events(channelId, { after: 0, limit: 10 })).toHaveLength(3)
      expect(await store.messages(channelId, { limit: 10 })).toHaveLength(3)
    }
  })

  it('finishes a migration that was cut off', async () => {
    const options = cassandraOptions(variables)
    const client = clientOf(options, null, 30_000)
    await client.connect()
    await migrate(client, options.keyspace, { [options.localDataCenter]: 1 })
    await client.execute(
      `UPDATE ${options.keyspace}.store_state SET value = '0' WHERE name = 'schema_version' IF value = '1'`,
    )
    await client.execute(`DROP TABLE ${options.keyspace}.public_channels`)
    await client.shutdown()
    const store = await open(options)
    expect(await store.publicNames({ prefix: 'n:', limit: 1 })).toEqual([])
  })

  it('refuses a log of another install or epoch, and another data centre, and says what to do', async () => {
    await open(shared)
    const refused = { code: 'mismatch', retryable: false }
    for (const logEpoch of [
      { installId: 'log-2', number: 1 },
      { installId: 'log-1', number: 2 },
    ]) {
      const opening = open({ ...shared, logEpoch })
      await expect(opening).rejects.toMatchObject(refused)
      await expect(opening).rejects.toThrow(/belongs to log log-1, epoch 1.*name the keyspace/)
    }
    const elsewhere = clientOf(shared, shared.keyspace)
    await elsewhere.connect()
    const state = new StoreState(elsewhere, shared.keyspace)
    const settled = JSON.parse((await state.get('install')) ?? '') as Install
    const asked = { ...settled, localDataCenter: 'dc2' }
    await expect(mustBelongTo(state, asked)).rejects.toThrow(
      /created in data centre datacenter1.*dc2/,
    )
    await elsewhere.shutdown()
    await open(shared)
  })

  it('refuses the schema of a newer release', async () => {
    const options = cassandraOptions(variables)
    await open(options)
    const client = clientOf(options, options.keyspace)
    await client.connect()
    const [newer, own] = [schema.length + 1, schema.length]
    await client.execute(
      `UPDATE store_state SET value = '${newer}' WHERE name = 'schema_version' IF value = '${own}'`,
    )
    await client.shutdown()
    const opening = open(options)
    await expect(opening).rejects.toMatchObject({ code: 'mismatch' })
    await expect(opening).rejects.toThrow(/start the newer release/)
  })

  it('keeps the bucket size that the keyspace was created with', async () => {
    const options = cassandraOptions(variables)
    const channelId = fresh('channel')
    await (await open({ ...options, bucketSize: 3 })).write(channelOfMessages(channelId, 20))
    const store = await open({ ...options, bucketSize: 7 })
    expect(await store.events(channelId, { after: 0, limit: 100 })).toHaveLength(20)
    expect(await store.channelBase(channelId, at(195))).toMatchObject({ seq: 19 })
    // Pages that span buckets, some of which hold no message.
    const seqs = async (page: Parameters<MessageStore['messages']>[1]): Promise<number[]> =>
      (await store.messages(channelId, page)).map((row) => row.seq)
    const all = Array.from({ length: 20 }, (_, i) => i + 1)
    expect(await seqs({ limit: 50 })).toEqual(all)
    expect(await seqs({ after: 0, limit: 50 })).toEqual(all)
    expect(await seqs({ before: 12, limit: 8 })).toEqual(all.slice(3, 11))
    const later = firstText(messageEvent(channelId, 200))
    await store.write(writes({ texts: [later] }))
    expect(await seqs({ limit: 3 })).toEqual([19, 20, 200])
    expect(await seqs({ after: 19, limit: 3 })).toEqual([20, 200])
  })

  it('lets one process migrate at a time, and the next one when the first has ended', async () => {
    await open(shared)
    const client = clientOf(shared, shared.keyspace)
    await client.connect()
    const state = new StoreState(client, shared.keyspace)
    expect(await state.hold('test', 'one', 60)).toBe(true)
    expect(await state.hold('test', 'other', 60)).toBe(false)
    expect(await state.hold('test', 'one', 60)).toBe(true)
    await state.release('test', 'other')
    expect(await state.hold('test', 'other', 60)).toBe(false)
    await state.release('test', 'one')
    expect(await state.hold('test', 'other', 1)).toBe(true)
    await sleep(1_500)
    expect(await state.hold('test', 'one', 1)).toBe(true)
    await client.shutdown()
  })

  it('refuses to open a store as unavailable, which may be tried again, while no node answers', async () => {
    const nobody = { ...cassandraOptions(variables), contactPoints: ['127.0.0.1:1'] }
    await expect(open(nobody)).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
    })
  })

  it('reads the end of a channel of ten million events without reading the rest', async () => {
    const store = await open(shared)
    const channelId = fresh('channel')
    const last = 10_000_000
    const { events, sessions, texts, channels } = channelOfMessages(channelId, 100)
    const moved = <Row extends { seq: number }>(rows: readonly Row[]): Row[] =>
      rows.map((row) => ({ ...row, seq: last - 100 + row.seq }))
    await store.write(
      writes({
        events: moved(events),
        sessions: moved(sessions),
        texts: moved(texts),
        channels,
        heads: [{ ...headAt(messageEvent(channelId, 100)), seq: last }],
      }),
    )
    const page = await store.messages(channelId, { limit: 50 })
    expect(page.map((row) => row.seq)).toEqual(Array.from({ length: 50 }, (_, i) => last - 49 + i))
    expect(await store.events(channelId, { after: last - 5, limit: 50 })).toHaveLength(5)
    expect(await store.channelBase(channelId, at(995))).toMatchObject({ seq: last - 1 })
  })
})

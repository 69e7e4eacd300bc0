import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { createEmbeddedPushBus, createEmbeddedRouting } from '@rookery/directory'
import { type ChannelRecord, directChannelId, encodeRecord } from '@rookery/domain'
import { sharedEngines } from '@rookery/engines'
import type { MessageLog } from '@rookery/log'
import { acceptNewLog, type KafkaLogOptions, openKafkaLog } from '@rookery/log/kafka'
import type { MessageStore } from '@rookery/message-store'
import {
  acceptCassandraEpoch,
  type CassandraStoreOptions,
  openCassandraStore,
} from '@rookery/message-store/cassandra'
import { createLogger, Metrics } from '@rookery/service-kit'
import { Kafka, logLevel } from 'kafkajs'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDispatcher } from '../src/dispatcher.ts'

const variables = await sharedEngines(['kafka', 'cassandra'])
jest.setTimeout(120_000)

const channelId = directChannelId('ann', 'bob')
const created: ChannelRecord = {
  v: 1,
  channelId,
  user: 'ann',
  session: '_1',
  clientSeq: 1,
  origin: 'server',
  body: {
    type: 'channel_created',
    kind: 'direct',
    name: null,
    members: [
      { username: 'ann', role: 'owner' },
      { username: 'bob', role: 'member' },
    ],
  },
}
const message = (clientSeq: number): ChannelRecord => ({
  ...created,
  session: 's',
  clientSeq,
  body: { type: 'chat_message', content: `text ${clientSeq}` },
})

interface Running {
  log: MessageLog
  store: MessageStore
  close(): Promise<void>
}

describe('a log that was deleted and made anew', () => {
  let logPlan: KafkaLogOptions
  let storePlan: Omit<CassandraStoreOptions, 'logEpoch'>

  beforeEach(() => {
    const unique = randomBytes(6).toString('hex')
    const brokers = [variables.KAFKA_BROKERS]
    logPlan = { brokers, clientId: 'test', prefix: `_rookery-test-${unique}-`, partitionCount: 2 }
    storePlan = {
      contactPoints: variables.CASSANDRA_CONTACT_POINTS.split(','),
      localDataCenter: variables.CASSANDRA_LOCAL_DATACENTER,
      keyspace: `rookery_test_${unique}`,
      replicationFactor: 1,
    }
  })
  const running: Running[] = []
  afterEach(async () => {
    for (const one of running.splice(0)) await one.close()
  })

  async function run(): Promise<Running> {
    const log = await openKafkaLog(logPlan)
    const store = await openCassandraStore({ ...storePlan, logEpoch: log.epoch })
    const dispatcher = await createDispatcher({
      log,
      store,
      routing: createEmbeddedRouting(),
      bus: createEmbeddedPushBus(),
      logger: createLogger('test', { level: 'silent' }),
      metrics: new Metrics('test'),
    })
    const one = {
      log,
      store,
      close: async () => {
        await dispatcher.close()
        await store.close()
        await log.close()
      },
    }
    running.push(one)
    return one
  }

  async function append({ log }: Running, ...records: ChannelRecord[]): Promise<void> {
    for (const record of records) await log.append(channelId, encodeRecord(record))
  }

  /** Until everything in the log is folded. */
  async function folded({ log, store }: Running): Promise<void> {
    const partition = log.partitionOf(channelId)
    const { end } = await log.bounds(partition)
    for (;;) {
      const progress = await store.progress(partition)
      if (progress?.epoch === log.epoch.number && progress.next === end) return
      await sleep(20)
    }
  }

  const stop = async (): Promise<void> => {
    for (const one of running.splice(0)) await one.close()
  }
  const topic = (): string => `${logPlan.prefix}channel-log`

  async function deleteLog(): Promise<void> {
    const kafka = new Kafka({ brokers: [...logPlan.brokers], logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    await admin.deleteTopics({ topics: [topic()] })
    while ((await admin.listTopics()).includes(topic())) await sleep(20)
    await admin.disconnect()
  }

  /** The id that the refusal names. */
  async function refusedTopicId(): Promise<string> {
    const refusal = await openKafkaLog(logPlan).then(
      () => '',
      (error: Error) => error.message,
    )
    return /accept-new-log with --topic-id (\S+)/.exec(refusal)?.[1] ?? ''
  }

  it('is folded on at head + 1 once it is accepted, without a row lost or doubled', async () => {
    const before = await run()
    await append(before, created, message(1), message(2))
    await folded(before)
    const rows = await before.store.events(channelId, { after: 0, limit: 10 })
    await stop()
    await deleteLog()

    const topicId = await refusedTopicId()
    expect(topicId).toMatch(/^[0-9a-f]{32}$/)
    const epoch = await acceptNewLog(logPlan, topicId)
    expect(epoch.number).toBe(2)
    expect(await acceptNewLog(logPlan, topicId)).toEqual(epoch)
    // The store says that it has not followed yet.
    await expect(openCassandraStore({ ...storePlan, logEpoch: epoch })).rejects.toThrow(
      /run it again/,
    )
    await acceptCassandraEpoch({ ...storePlan, logEpoch: epoch })
    await acceptCassandraEpoch({ ...storePlan, logEpoch: epoch })

    const after = await run()
    // What a client sends again because it saw no answer, and something new.
    await append(after, message(2), created, message(3))
    await folded(after)
    const all = await after.store.events(channelId, { after: 0, limit: 10 })
    expect(all.slice(0, 3)).toEqual(rows)
    expect(all.map(({ seq, clientSeq, session }) => [seq, session, clientSeq])).toEqual([
      [1, '_1', 1],
      [2, 's', 1],
      [3, 's', 2],
      [4, 's', 3],
    ])
    expect(all[3]?.position).toMatchObject({ epoch: 2 })
    expect(await after.store.channel(channelId)).toMatchObject({ head: 4, messageNumber: 3 })
  })

  it('is not accepted under another id, nor while a dispatcher runs', async () => {
    const before = await run()
    await append(before, created)
    await folded(before)
    await deleteLog()
    const topicId = await refusedTopicId()
    await expect(acceptNewLog(logPlan, 'another')).rejects.toThrow(/has the id/)
    await expect(acceptNewLog(logPlan, topicId)).rejects.toThrow(/stop all services/)
    await stop()
    await expect(acceptNewLog({ ...logPlan }, topicId)).resolves.toMatchObject({ number: 2 })
  })
})

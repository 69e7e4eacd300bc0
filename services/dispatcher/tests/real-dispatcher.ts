import { createEmbeddedPushBus, createEmbeddedRouting } from '@rookery/directory'
import { type ChannelRecord, directChannelId, encodeRecord } from '@rookery/domain'
import type { MessageLog } from '@rookery/log'
import { type KafkaLogOptions, openKafkaLog } from '@rookery/log/kafka'
import type { MessageStore } from '@rookery/message-store'
import { type CassandraStoreOptions, openCassandraStore } from '@rookery/message-store/cassandra'
import { createLogger, Metrics } from '@rookery/service-kit'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDispatcher } from '../src/dispatcher.ts'

export const channelId: string = directChannelId('ann', 'bob')

export const created: ChannelRecord = {
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

export const message = (clientSeq: number): ChannelRecord => ({
  ...created,
  session: 's',
  clientSeq,
  body: { type: 'chat_message', content: `text ${clientSeq}` },
})

export interface Plans {
  log: KafkaLogOptions
  store: Omit<CassandraStoreOptions, 'logEpoch'>
}

/** Topics and a keyspace that no other test uses. */
export function freshPlans(variables: {
  KAFKA_BROKERS: string
  CASSANDRA_CONTACT_POINTS: string
  CASSANDRA_LOCAL_DATACENTER: string
}): Plans {
  const unique = randomBytes(6).toString('hex')
  const brokers = [variables.KAFKA_BROKERS]
  return {
    log: { brokers, clientId: 'test', prefix: `_rookery-test-${unique}-`, partitionCount: 2 },
    store: {
      contactPoints: variables.CASSANDRA_CONTACT_POINTS.split(','),
      localDataCenter: variables.CASSANDRA_LOCAL_DATACENTER,
      keyspace: `rookery_test_${unique}`,
      replicationFactor: 1,
    },
  }
}

/** A dispatcher on real Kafka and Cassandra. */
export interface RealDispatcher {
  log: MessageLog
  store: MessageStore
  append(...records: ChannelRecord[]): Promise<void>
  /** Resolves when all records of the channel's partition are folded. */
  folded(): Promise<void>
  close(): Promise<void>
}

export async function runDispatcher(plans: Plans): Promise<RealDispatcher> {
  const log = await openKafkaLog(plans.log)
  const store = await openCassandraStore({ ...plans.store, logEpoch: log.epoch })
  const dispatcher = await createDispatcher({
    log,
    store,
    routing: createEmbeddedRouting(),
    bus: createEmbeddedPushBus(),
    logger: createLogger('test', { level: 'silent' }),
    metrics: new Metrics('test'),
  })
  return {
    log,
    store,
    append: async (...records) => {
      for (const record of records) await log.append(channelId, encodeRecord(record))
    },
    folded: async () => {
      const partition = log.partitionOf(channelId)
      const { end } = await log.bounds(partition)
      for (;;) {
        const progress = await store.progress(partition)
        if (progress?.epoch === log.epoch.number && progress.next === end) return
        await sleep(20)
      }
    },
    close: async () => {
      await dispatcher.close()
      await store.close()
      await log.close()
    },
  }
}

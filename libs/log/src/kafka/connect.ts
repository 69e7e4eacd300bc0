import type { Admin, Kafka, Producer } from 'kafkajs'
import { type ClientOptions, createClient, createProducer } from './client.ts'
import { asking } from './kafka-errors.ts'
import { type Cluster, createCluster } from '@rookery/kafka-client'
import { settledWithin } from './settled-within.ts'
import { readTopicId } from '@rookery/kafka-client'
import { checkTopic, ensureTopic, withAdmin } from './topics.ts'

const defaultPartitionCount = 16
const disconnectTimeoutMs = 2_000

export interface Topics {
  log: string
  install: string
  deadLetters: string
}

export interface LogPlan extends ClientOptions {
  /**
   * Prefix of the names of all topics and groups. No user may have a name that begins with it.
   * `_rookery-` by default.
   */
  prefix?: string
  /** 16 by default. It never changes after the log was created. */
  partitionCount?: number
  /** Copies of each topic that is created: 1 by default, 3 in production. */
  replicationFactor?: number
}

/** Connections to brokers on which all topics of the log exist. */
export interface Connected {
  kafka: Kafka
  cluster: Cluster
  producer: Producer
  topics: Topics
  /** The log's present partition count. */
  partitionCount: number
  topicId: string
  disconnect(): Promise<void>
}

export const defaultPrefix = '_rookery-'

/** @throws LogError `unavailable`; `mismatch`: a topic has settings that lose records */
export async function connectTopics(plan: LogPlan): Promise<Connected> {
  const { prefix = defaultPrefix } = plan
  const topics: Topics = {
    log: `${prefix}channel-log`,
    install: `${prefix}install`,
    deadLetters: `${prefix}dead-letters`,
  }
  const kafka = createClient(plan)
  const cluster = createCluster(kafka)
  const producer = createProducer(kafka)
  const disconnect = async (): Promise<void> => {
    const disconnects = [producer.disconnect(), cluster.disconnect()]
    // Does not wait for a broker that hangs.
    await settledWithin(Promise.allSettled(disconnects), disconnectTimeoutMs)
  }
  try {
    const partitionCount = await asking('connecting', async () => {
      await cluster.connect()
      await producer.connect()
      return withAdmin(kafka, (admin) => makeTopics(admin, topics, plan))
    })
    const topicId = await asking('reading the id of the topic', () =>
      topicIdOf(cluster, topics.log),
    )
    return { kafka, cluster, producer, topics, partitionCount, topicId, disconnect }
  } catch (error) {
    await disconnect()
    throw error
  }
}

/** @returns the log's partition count */
async function makeTopics(
  admin: Admin,
  topics: Topics,
  { partitionCount = defaultPartitionCount, replicationFactor = 1 }: LogPlan,
): Promise<number> {
  const single = { partitionCount: 1, replicationFactor }
  const [found] = await Promise.all([
    ensureTopic(admin, { topic: topics.log, partitionCount, replicationFactor }),
    ensureTopic(admin, { topic: topics.install, ...single }),
    ensureTopic(admin, { topic: topics.deadLetters, ...single }),
  ])
  for (const topic of [topics.log, topics.install]) await checkTopic(admin, topic)
  return found
}

export async function topicIdOf(cluster: Cluster, topic: string): Promise<string> {
  await cluster.addTargetTopic(topic)
  return readTopicId(cluster, topic)
}

import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'
import { LogError } from '../message-log.ts'
import { asking, kafkaErrorType } from './kafka-errors.ts'

// Node finds most names of this CommonJS module, but not this one.
const { ConfigResourceTypes } = kafkajs

export interface TopicPlan {
  topic: string
  partitionCount: number
  replicationFactor: number
}

const weekMs = 7 * 24 * 60 * 60 * 1000
const readyTimeoutMs = 15_000
/** Above the size of the largest record, because a batch adds a header. */
const maxBatchBytes = 2 * 1024 * 1024

/**
 * The settings of every topic of the platform. All but the last are checked whenever a topic is
 * opened.
 */
const settings = {
  // A producer's clock must neither decide how long its records are kept, nor cause a refusal.
  'message.timestamp.type': 'LogAppendTime',
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'max.message.bytes': String(maxBatchBytes),
}

/**
 * With three copies, writes continue while one copy is missing. A lagging copy never becomes the
 * leader, because that would lose acknowledged records.
 */
const replicatedSettings = {
  'min.insync.replicas': '2',
  'unclean.leader.election.enable': 'false',
}

/**
 * Runs with a connection of its own, because a long-lived administrator's connection keeps failing
 * on topics that have vanished.
 */
export async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin()
  try {
    await admin.connect()
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}

/**
 * Creates the topic if it is missing, and waits until each of its partitions has a leader. Several
 * processes may call it at the same time.
 *
 * @returns the topic's partition count
 * @throws LogError `unavailable`
 */
export async function ensureTopic(admin: Admin, plan: TopicPlan): Promise<number> {
  const { topic, partitionCount, replicationFactor } = plan
  return asking(`creating the topic ${topic}`, async () => {
    const known = await partitionsWithLeader(admin, topic)
    if (known !== null) return known
    const entries = { ...settings, ...(replicationFactor >= 3 ? replicatedSettings : {}) }
    const configEntries = Object.entries(entries).map(([name, value]) => ({ name, value }))
    await admin.createTopics({
      topics: [{ topic, numPartitions: partitionCount, replicationFactor, configEntries }],
      // kafkajs would wait without a limit for a topic that is deleted meanwhile.
      waitForLeaders: false,
    })
    return untilReady(admin, topic)
  })
}

async function untilReady(admin: Admin, topic: string): Promise<number> {
  for (
    const deadline = performance.now() + readyTimeoutMs;
    performance.now() < deadline;
    await sleep(20)
  ) {
    const count = await partitionsWithLeader(admin, topic)
    if (count !== null) return count
  }
  throw new LogError('unavailable', `the topic ${topic} has no leader yet`)
}

/** Null while the topic, or the leader of one of its partitions, is not known. */
async function partitionsWithLeader(admin: Admin, topic: string): Promise<number | null> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    const partitions = topics[0]?.partitions ?? []
    const ready = partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)
    return ready ? partitions.length : null
  } catch (error) {
    const type = kafkaErrorType(error)
    if (type === 'UNKNOWN_TOPIC_OR_PARTITION' || type === 'LEADER_NOT_AVAILABLE') return null
    throw error
  }
}

/**
 * Refuses a topic under which the log would lose or reorder records.
 *
 * @throws LogError `mismatch`, saying what to do; `unavailable`
 */
export async function checkTopic(admin: Admin, topic: string): Promise<void> {
  const values = await asking(`reading the settings of the topic ${topic}`, async () => {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
    })
    const entries = resources[0]?.configEntries ?? []
    return new Map(entries.map(({ configName, configValue }) => [configName, configValue]))
  })
  for (const name of ['message.timestamp.type', 'cleanup.policy', 'retention.bytes'] as const) {
    if (values.get(name) !== settings[name])
      throw wrongSetting(topic, name, values.get(name), settings[name])
  }
  const retentionMs = Number(values.get('retention.ms'))
  if (retentionMs >= 0 && retentionMs < weekMs)
    throw wrongSetting(topic, 'retention.ms', String(retentionMs), `-1, or at least ${weekMs}`)
}

function wrongSetting(
  topic: string,
  name: string,
  found: string | undefined,
  required: string,
): LogError {
  return new LogError(
    'mismatch',
    `the topic ${topic} has ${name}=${found}, but must have ${required}: ` +
      `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${name}=…`,
  )
}

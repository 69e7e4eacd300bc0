import type { Logger } from '@rookery/service-kit'
import type { Admin, Kafka, Producer } from 'kafkajs'
import {
  type Appended,
  type Consumption,
  type LogEpoch,
  LogError,
  type LoggedRecord,
  type LogTopology,
  type MessageLog,
  type PartitionBounds,
  type PartitionHandler,
} from '../message-log.ts'
import { partitionOfKey } from '../murmur2.ts'
import { AppendCollector } from './append-collector.ts'
import { createClient, retry } from './client.ts'
import { GroupConsumer } from './group-consumer.ts'
import { newMemberName } from './group-members.ts'
import { type Install, mustMatch, readInstall } from './install.ts'
import { asking } from './kafka-errors.ts'
import { type Cluster, createCluster } from './kafkajs-internals.ts'
import { RecordReader } from './record-reader.ts'
import { settledWithin } from './settled-within.ts'
import { readTopicId } from './topic-id.ts'
import { checkTopic, ensureTopic, withAdmin } from './topics.ts'
import { readTopology } from './topology.ts'

export { createCluster, patchKafkajs } from './kafkajs-internals.ts'

const defaultPartitionCount = 16
const disconnectTimeoutMs = 2_000

export interface KafkaLogOptions {
  /** `host:port` each. */
  brokers: readonly string[]
  /** Shows in `topology` as a group's consumer, so it should name the process. */
  clientId: string
  /**
   * Names what runs here over all its lives, as host and port do: when it is killed and started again, it takes the member that it was
   * out of the group, and nobody has to wait for the end of that one's session.
   */
  instance?: string | undefined
  /** Before the names of all topics and groups; no user may have a name that begins so. `_rookery-` by default. */
  prefix?: string
  /** Fixed when the log is made; 16 by default. */
  partitionCount?: number
  /** Of topics that are made: 1 by default, 3 in production. */
  replicationFactor?: number
  /** Called when a consumer cannot go on: the process should end, to be started again. */
  onFatal?: (error: LogError) => void
  /** Gets what the client library warns of. */
  logger?: Logger
}

/**
 * Opens the log kept by Kafka, making its topics when they are missing: the log, what it was made with, and its dead letters.
 *
 * @throws LogError `unavailable`; `mismatch`: another partition count, a topic made anew or with settings that would lose records
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<MessageLog> {
  const { prefix = '_rookery-', partitionCount, replicationFactor = 1 } = options
  const topics: Topics = {
    log: `${prefix}channel-log`,
    install: `${prefix}install`,
    deadLetters: `${prefix}dead-letters`,
  }
  const kafka = createClient(options)
  const cluster = createCluster(kafka)
  // No transactions, no `idempotent`: see AppendCollector.
  const producer = kafka.producer({ allowAutoTopicCreation: false, idempotent: false, retry })
  try {
    const found = await asking('connecting', async () => {
      await cluster.connect()
      await producer.connect()
      return withAdmin(kafka, (admin) =>
        makeTopics(admin, topics, partitionCount, replicationFactor),
      )
    })
    const reader = new RecordReader(cluster, topics.install)
    const topicId = await asking('topic id', () => topicIdOf(cluster, topics.log))
    const install = await readInstall(reader, producer, topics.install, {
      partitionCount: found,
      topicId,
    })
    mustMatch(install, topics, {
      partitionCount: found,
      topicId,
      wantedPartitionCount: partitionCount,
    })
    return new KafkaMessageLog({ options, kafka, cluster, producer, topics, install, prefix })
  } catch (error) {
    await Promise.allSettled([producer.disconnect(), cluster.disconnect()])
    throw error
  }
}

interface Topics {
  log: string
  install: string
  deadLetters: string
}

/** @returns how many partitions the log has */
async function makeTopics(
  admin: Admin,
  topics: Topics,
  wantedPartitionCount: number = defaultPartitionCount,
  replicationFactor: number,
): Promise<number> {
  const single = { partitionCount: 1, replicationFactor }
  const log = { topic: topics.log, partitionCount: wantedPartitionCount, replicationFactor }
  const [found] = await Promise.all([
    ensureTopic(admin, log),
    ensureTopic(admin, { topic: topics.install, ...single }),
    ensureTopic(admin, { topic: topics.deadLetters, ...single }),
  ])
  for (const topic of [topics.log, topics.install]) await checkTopic(admin, topic)
  return found
}

async function topicIdOf(cluster: Cluster, topic: string): Promise<string> {
  await cluster.addTargetTopic(topic)
  return readTopicId(cluster, topic)
}

class KafkaMessageLog implements MessageLog {
  readonly epoch: LogEpoch
  readonly partitionCount: number
  readonly #options: KafkaLogOptions
  readonly #kafka: Kafka
  readonly #cluster: Cluster
  readonly #producer: Producer
  readonly #topics: Topics
  readonly #install: Install
  readonly #prefix: string
  readonly #collector: AppendCollector
  readonly #reader: RecordReader
  readonly #consumers = new Set<GroupConsumer>()
  #closed = false

  constructor(parts: {
    options: KafkaLogOptions
    kafka: Kafka
    cluster: Cluster
    producer: Producer
    topics: Topics
    install: Install
    prefix: string
  }) {
    this.#options = parts.options
    this.#kafka = parts.kafka
    this.#cluster = parts.cluster
    this.#producer = parts.producer
    this.#topics = parts.topics
    this.#install = parts.install
    this.#prefix = parts.prefix
    this.epoch = parts.install.epoch
    this.partitionCount = parts.install.partitionCount
    this.#collector = new AppendCollector({ producer: parts.producer })
    this.#reader = new RecordReader(parts.cluster, parts.topics.log)
  }

  get writable(): boolean {
    return !this.#closed && this.#collector.writable
  }

  partitionOf(key: string): number {
    return partitionOfKey(key, this.partitionCount)
  }

  append(key: string, value: Uint8Array): Promise<Appended> {
    const partition = this.partitionOf(key)
    return this.#collector.append({ topic: this.#topics.log, partition, key, value })
  }

  async consume(group: string, handler: PartitionHandler): Promise<Consumption> {
    this.#mustBeOpen()
    const { clientId, instance, onFatal = () => undefined } = this.#options
    const memberName = newMemberName(clientId, instance)
    const consumer = new GroupConsumer({
      kafka: createClient({ ...this.#options, clientId: memberName }),
      memberName,
      cluster: this.#cluster,
      topic: this.#topics.log,
      groupId: `${this.#prefix}${group}`,
      handler,
      bounds: (partition) => this.#reader.bounds(partition),
      check: () => this.#check(),
      onFatal,
    })
    this.#consumers.add(consumer)
    await consumer.start()
    return consumer
  }

  async deadLetter(at: { epoch: number } & LoggedRecord, reason: string): Promise<void> {
    const { epoch, partition, offset, timestampMs, key, value } = at
    const place = { epoch, partition, offset, timestampMs }
    await this.#collector.append({
      topic: this.#topics.deadLetters,
      partition: 0,
      key,
      value,
      headers: { place: JSON.stringify(place), reason },
    })
  }

  async read(partition: number, from: number, limit: number): Promise<LoggedRecord[]> {
    this.#mustBeOpen()
    return this.#reader.read(partition, from, limit)
  }

  async bounds(partition: number): Promise<PartitionBounds> {
    this.#mustBeOpen()
    return this.#reader.bounds(partition)
  }

  async topology(): Promise<LogTopology> {
    this.#mustBeOpen()
    return readTopology(this.#kafka, this.#topics.log, this.#prefix)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()))
    await this.#collector.close()
    const disconnects = [this.#producer.disconnect(), this.#cluster.disconnect()]
    // A broker that hangs is not waited for.
    await settledWithin(Promise.allSettled(disconnects), disconnectTimeoutMs)
  }

  /** While it runs, too, somebody may delete the topic and make it anew, or change its settings. */
  async #check(): Promise<void> {
    const topic = this.#topics.log
    const [topicId, partitionCount] = await asking('its topic', () =>
      withAdmin(this.#kafka, async (admin) => {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
        await checkTopic(admin, topic)
        return [await topicIdOf(this.#cluster, topic), topics[0]?.partitions.length ?? 0] as const
      }),
    )
    mustMatch(this.#install, this.#topics, {
      partitionCount,
      topicId,
      wantedPartitionCount: undefined,
    })
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new LogError('unavailable', 'the log is closed')
  }
}

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
import { createClient } from './client.ts'
import { type Connected, connectTopics, defaultPrefix, type LogPlan, topicIdOf } from './connect.ts'
import { GroupConsumer } from './group-consumer.ts'
import { newMemberName } from './group-members.ts'
import { type Install, mustMatch, readInstall } from './install.ts'
import { asking } from './kafka-errors.ts'
import { RecordReader } from './record-reader.ts'
import { checkTopic, withAdmin } from './topics.ts'
import { readTopology } from './topology.ts'

export { acceptNewLog } from './accept-new-log.ts'

export interface KafkaLogOptions extends LogPlan {
  /** Shown in `topology` as a group's consumer, so it should name the process. */
  clientId: string
  /**
   * A name that this process keeps over restarts, such as its host and port. After a kill and a
   * restart the process removes its earlier member from the group, so that no consumer has to wait
   * for the end of that member's group session.
   */
  instance?: string | undefined
  /** Called when a consumer cannot continue. The process should end and be restarted. */
  onFatal?: (error: LogError) => void
}

/**
 * Opens the log that Kafka keeps. Creates missing topics: the log, its install, and the dead
 * letters.
 *
 * @throws LogError `unavailable`; `mismatch`: another partition count, a recreated topic, or a
 *   topic whose settings lose records
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<MessageLog> {
  const connected = await connectTopics(options)
  const { cluster, producer, topics, partitionCount, topicId } = connected
  try {
    const reader = new RecordReader(cluster, topics.install)
    const found = { partitionCount, topicId }
    const install = await readInstall(reader, producer, topics.install, found)
    mustMatch(install, topics, { ...found, wantedPartitionCount: options.partitionCount })
    return new KafkaMessageLog(options, connected, install)
  } catch (error) {
    await connected.disconnect()
    throw error
  }
}

class KafkaMessageLog implements MessageLog {
  readonly epoch: LogEpoch
  readonly partitionCount: number
  readonly #options: KafkaLogOptions
  readonly #connected: Connected
  readonly #install: Install
  readonly #prefix: string
  readonly #collector: AppendCollector
  readonly #reader: RecordReader
  readonly #consumers = new Set<GroupConsumer>()
  #closed = false

  constructor(options: KafkaLogOptions, connected: Connected, install: Install) {
    this.#options = options
    this.#connected = connected
    this.#install = install
    this.#prefix = options.prefix ?? defaultPrefix
    this.epoch = install.epoch
    this.partitionCount = install.partitionCount
    this.#collector = new AppendCollector({ producer: connected.producer })
    this.#reader = new RecordReader(connected.cluster, connected.topics.log)
  }

  get writable(): boolean {
    return !this.#closed && this.#collector.writable
  }

  partitionOf(key: string): number {
    return partitionOfKey(key, this.partitionCount)
  }

  append(key: string, value: Uint8Array): Promise<Appended> {
    const partition = this.partitionOf(key)
    return this.#collector.append({ topic: this.#connected.topics.log, partition, key, value })
  }

  async consume(group: string, handler: PartitionHandler): Promise<Consumption> {
    this.#mustBeOpen()
    const { clientId, instance, onFatal = () => undefined } = this.#options
    const memberName = newMemberName(clientId, instance)
    const consumer = new GroupConsumer({
      kafka: createClient({ ...this.#options, clientId: memberName }),
      memberName,
      cluster: this.#connected.cluster,
      topic: this.#connected.topics.log,
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
      topic: this.#connected.topics.deadLetters,
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
    return readTopology(this.#connected.kafka, this.#connected.topics.log, this.#prefix)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()))
    await this.#collector.close()
    await this.#connected.disconnect()
  }

  /**
   * Checks the topic once more, because an operator may delete and recreate it, or change its
   * settings, while the platform runs.
   */
  async #check(): Promise<void> {
    const topic = this.#connected.topics.log
    const [topicId, partitionCount] = await asking('checking the topic of the log', () =>
      withAdmin(this.#connected.kafka, async (admin) => {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
        await checkTopic(admin, topic)
        return [
          await topicIdOf(this.#connected.cluster, topic),
          topics[0]?.partitions.length ?? 0,
        ] as const
      }),
    )
    mustMatch(this.#install, this.#connected.topics, {
      partitionCount,
      topicId,
      wantedPartitionCount: undefined,
    })
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new LogError('unavailable', 'the log is closed')
  }
}

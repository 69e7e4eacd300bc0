import { setTimeout as sleep } from 'node:timers/promises'
import type { LoggedRecord, PartitionBounds } from '../message-log.ts'
import { asking, kafkaErrorType } from './kafka-errors.ts'
import type { Broker, Cluster, FetchedMessage } from '@rookery/kafka-client'

const maxFetchBytes = 1024 * 1024
const maxReadBytes = 64 * 1024 * 1024
const maxAttempts = 3

/** Reads the records and bounds of a topic without joining a group. */
export class RecordReader {
  readonly #cluster: Cluster
  readonly #topic: string

  constructor(cluster: Cluster, topic: string) {
    this.#cluster = cluster
    this.#topic = topic
  }

  /** @throws LogError `unavailable` */
  async bounds(partition: number): Promise<PartitionBounds> {
    return this.#asking('reading the bounds of a partition', () => this.#bounds(partition))
  }

  /**
   * Reads up to `limit` records with offset ≥ `from` that exist at the call, and at most 64 MiB.
   *
   * @throws LogError `unavailable`
   */
  async read(partition: number, from: number, limit: number): Promise<LoggedRecord[]> {
    return this.#asking('reading records', async () => {
      const { start, end } = await this.#bounds(partition)
      const records: LoggedRecord[] = []
      let bytes = 0
      let next = Math.max(from, start)
      while (next < end && records.length < limit && bytes < maxReadBytes) {
        const fetched = await this.#fetch(partition, next)
        const last = fetched.at(-1)
        // The fetch brought only entries that Kafka hides from readers, such as the marks of
        // transactions.
        if (last === undefined) break
        records.push(...fetched.slice(0, limit - records.length))
        bytes += fetched.reduce((sum, record) => sum + record.value.byteLength, 0)
        next = last.offset + 1
      }
      return records
    })
  }

  async #bounds(partition: number): Promise<PartitionBounds> {
    const at = async (fromBeginning: boolean): Promise<number> => {
      const topics = [{ topic: this.#topic, partitions: [{ partition }], fromBeginning }]
      const [answer] = await this.#cluster.fetchTopicsOffset(topics)
      const offset = answer?.partitions[0]?.offset
      if (offset === undefined) throw new Error(`partition ${partition} has no leader now`)
      return Number(offset)
    }
    // One after the other, so that the end, which is read later, is never below the start.
    const start = await at(true)
    return { start, end: await at(false) }
  }

  async #fetch(partition: number, from: number): Promise<LoggedRecord[]> {
    const broker = await this.#leaderOf(partition)
    const { responses } = await broker.fetch({
      maxWaitTime: 250,
      minBytes: 1,
      maxBytes: maxFetchBytes,
      isolationLevel: 0,
      topics: [
        {
          topic: this.#topic,
          partitions: [{ partition, fetchOffset: String(from), maxBytes: maxFetchBytes }],
        },
      ],
    })
    const messages = responses.flatMap((topic) => topic.partitions.flatMap((each) => each.messages))
    // A fetch answers with whole batches. A batch may begin below the requested offset.
    return messages.map((each) => toRecord(partition, each)).filter((each) => each.offset >= from)
  }

  async #leaderOf(partition: number): Promise<Broker> {
    const [nodeId] = Object.keys(this.#cluster.findLeaderForPartitions(this.#topic, [partition]))
    if (nodeId === undefined) throw new Error(`partition ${partition} has no leader now`)
    return this.#cluster.findBroker({ nodeId })
  }

  /** The leaders may have changed, so they are read again before another attempt. */
  async #asking<T>(what: string, request: () => Promise<T>): Promise<T> {
    return asking(what, async () => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          if (!this.#cluster.isConnected()) await this.#cluster.connect()
          await this.#cluster.addTargetTopic(this.#topic)
          return await request()
        } catch (error) {
          if (attempt === maxAttempts || kafkaErrorType(error) === 'OFFSET_OUT_OF_RANGE')
            throw error
          await sleep(100 * attempt)
          await this.#cluster.refreshMetadata().catch(() => undefined)
        }
      }
    })
  }
}

export function toRecord(
  partition: number,
  message: Omit<FetchedMessage, 'headers'>,
): LoggedRecord {
  return {
    partition,
    offset: Number(message.offset),
    timestampMs: Number(message.timestamp),
    key: message.key?.toString('utf8') ?? '',
    value: message.value ?? new Uint8Array(),
  }
}

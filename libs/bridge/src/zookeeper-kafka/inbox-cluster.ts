import type { Kafka } from 'kafkajs'
import {
  type Broker,
  type Cluster,
  createCluster,
  cutConnections,
  type FetchedMessage,
  type ProducedMessage,
  readTopicIds,
} from '@rookery/kafka-client'

const leadersMaxAgeMs = 60_000
/** A topic that is not known yet may have been made since. */
const missingMaxAgeMs = 1_000
/**
 * A topic's only partition. Of a foreign topic with more, the others are not ours to read or write.
 */
const partition = 0
const defaultWaitMs = 250
/** Above the largest record that a broker takes by default. */
const maxBytesOfOne = 1_100_000
const maxBytesOfAll = 4 * 1024 * 1024

/**
 * Requests on many topics over one connection per broker. Leaders are looked up for all topics at
 * once, so that one that has vanished stops no other.
 */
export class InboxCluster {
  readonly #cluster: Cluster
  #leaders: ReadonlyMap<string, number> | null = null
  #readAtMs = 0
  #reading: Promise<ReadonlyMap<string, number>> | null = null
  /** Asked for records, and not answered yet. */
  readonly #fetching = new Set<Broker>()

  constructor(kafka: Kafka) {
    this.#cluster = createCluster(kafka)
  }

  /** The next look-up asks the brokers anew. */
  forgetLeaders(): void {
    this.#leaders = null
  }

  async produce(topic: string, message: ProducedMessage, timeoutMs: number): Promise<void> {
    const broker = await this.#leaderOf(topic)
    await broker.produce({
      acks: -1,
      timeout: timeoutMs,
      topicData: [{ topic, partitions: [{ partition, messages: [message] }] }],
    })
  }

  /**
   * What is there of topics with a leader from each offset on; waits for so long until there is
   * something.
   */
  async fetch(
    offsets: ReadonlyMap<string, number>,
    maxWaitMs: number = defaultWaitMs,
  ): Promise<ReadonlyMap<string, FetchedMessage[]>> {
    const found = new Map<string, FetchedMessage[]>()
    const byLeader = await this.#groupByLeader([...offsets.keys()])
    await Promise.all(
      [...byLeader].map(async ([nodeId, topics]) => {
        const broker = await this.#cluster.findBroker({ nodeId: String(nodeId) })
        this.#fetching.add(broker)
        const asked = broker.fetch({
          maxWaitTime: maxWaitMs,
          minBytes: 1,
          maxBytes: maxBytesOfAll,
          // Old clients read aborted records too.
          isolationLevel: 0,
          topics: topics.map((topic) => ({
            topic,
            partitions: [
              { partition, fetchOffset: String(offsets.get(topic)), maxBytes: maxBytesOfOne },
            ],
          })),
        })
        const { responses } = await asked.finally(() => this.#fetching.delete(broker))
        for (const { topicName, partitions } of responses) {
          const from = offsets.get(topicName) ?? 0
          // A fetch answers whole batches, also those that begin below the offset asked for.
          const messages = (partitions[0]?.messages ?? []).filter(({ offset }) => +offset >= from)
          if (messages.length > 0) found.set(topicName, messages)
        }
      }),
    )
    return found
  }

  /** First offset and the one that the next record gets. Topics without a leader are left out. */
  async bounds(
    topics: readonly string[],
  ): Promise<ReadonlyMap<string, { start: number; end: number }>> {
    const starts = await this.#offsets(topics, -2)
    // Read later, so that it is never below the start.
    const ends = await this.#offsets(topics, -1)
    return new Map(
      [...starts].flatMap(([topic, start]) => {
        const end = ends.get(topic)
        return end === undefined ? [] : [[topic, { start, end }]]
      }),
    )
  }

  /**
   * The topics' ids, which tell them from earlier ones of the same name. Those without a leader are
   * left out. The leader is asked, for it knows of a new topic before it has any of its records:
   * what was fetched between two answers with the same id is of that topic.
   */
  async incarnations(topics: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>()
    for (const [nodeId, some] of await this.#groupByLeader(topics)) {
      const broker = await this.#cluster.findBroker({ nodeId: String(nodeId) })
      for (const [topic, id] of await readTopicIds(broker, some)) found.set(topic, id)
    }
    return found
  }

  async topics(): Promise<ReadonlySet<string>> {
    this.forgetLeaders()
    return new Set((await this.#leadersOf()).keys())
  }

  /** What is being fetched fails at once. */
  cut(): void {
    for (const broker of this.#fetching) cutConnections(broker)
  }

  async close(): Promise<void> {
    await this.#cluster.disconnect().catch(() => undefined)
  }

  async #offsets(topics: readonly string[], timestamp: number): Promise<Map<string, number>> {
    const found = new Map<string, number>()
    const byLeader = await this.#groupByLeader(topics)
    for (const [nodeId, some] of byLeader) {
      const broker = await this.#cluster.findBroker({ nodeId: String(nodeId) })
      const { responses } = await broker.listOffsets({
        isolationLevel: 0,
        topics: some.map((topic) => ({ topic, partitions: [{ partition, timestamp }] })),
      })
      for (const { topic, partitions } of responses)
        found.set(topic, Number(partitions[0]?.offset ?? 0))
    }
    return found
  }

  async #groupByLeader(topics: readonly string[]): Promise<Map<number, string[]>> {
    const leaders = await this.#leadersOf(topics)
    const groups = new Map<number, string[]>()
    for (const topic of topics) {
      const leader = leaders.get(topic)
      if (leader === undefined) continue
      const group = groups.get(leader)
      if (group === undefined) groups.set(leader, [topic])
      else group.push(topic)
    }
    return groups
  }

  async #leaderOf(topic: string): Promise<Broker> {
    const leader = (await this.#leadersOf([topic])).get(topic)
    if (leader === undefined) throw new NoLeader(topic)
    return this.#cluster.findBroker({ nodeId: String(leader) })
  }

  async #leadersOf(topics: readonly string[] = []): Promise<ReadonlyMap<string, number>> {
    const known = this.#leaders
    if (known !== null) {
      const maxAgeMs = topics.every((topic) => known.has(topic)) ? leadersMaxAgeMs : missingMaxAgeMs
      if (performance.now() - this.#readAtMs < maxAgeMs) return known
    }
    this.#reading ??= this.#readLeaders().finally(() => (this.#reading = null))
    return this.#reading
  }

  async #readLeaders(): Promise<ReadonlyMap<string, number>> {
    if (!this.#cluster.isConnected()) await this.#cluster.connect()
    const { topicMetadata } = await this.#cluster.metadata({ topics: [] })
    const leaders = new Map<string, number>()
    for (const { topic, partitionMetadata } of topicMetadata) {
      const leader = partitionMetadata.find((one) => one.partitionId === partition)?.leader
      if (leader !== undefined && leader >= 0) leaders.set(topic, leader)
    }
    this.#leaders = leaders
    this.#readAtMs = performance.now()
    return leaders
  }
}

/** The topic is not there, or has no leader now. */
export class NoLeader extends Error {
  override readonly name = 'NoLeader'
  constructor(topic: string) {
    super(`the topic ${topic} has no leader now`)
  }
}

/**
 * The error's own type, or of the first one below it that has one: retries and requests wrap what
 * they got.
 */
export function kafkaErrorType(error: unknown): string | null {
  for (let at = error; typeof at === 'object' && at !== null; at = (at as ErrorOptions).cause) {
    const { type } = at as { type?: unknown }
    if (typeof type === 'string') return type
  }
  return null
}

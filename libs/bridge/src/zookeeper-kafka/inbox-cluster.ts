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
/** For an unknown topic, which may have been made since the last reading. */
const missingMaxAgeMs = 1_000
/** The only partition of an inbox. Other partitions of a foreign topic are not used. */
const partition = 0
const defaultWaitMs = 250
/** Above the largest record that a broker takes by default. */
const maxBytesOfOne = 1_100_000
const maxBytesOfAll = 4 * 1024 * 1024

/**
 * Sends requests on many topics over one connection per broker. It reads the leaders of all topics
 * together, so that a topic that has vanished does not block the others.
 */
export class InboxCluster {
  readonly #cluster: Cluster
  #leaders: ReadonlyMap<string, number> | null = null
  #readAtMs = 0
  #reading: Promise<ReadonlyMap<string, number>> | null = null
  /** Brokers with a fetch under way. */
  readonly #fetching = new Set<Broker>()

  constructor(kafka: Kafka) {
    this.#cluster = createCluster(kafka)
  }

  /** Makes the next look-up ask the brokers again. */
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
   * The records of each topic from its offset on. Waits up to `maxWaitMs` for the first one. Topics
   * without a leader are left out.
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
        const answer = broker.fetch({
          maxWaitTime: maxWaitMs,
          minBytes: 1,
          maxBytes: maxBytesOfAll,
          // Aborted records are read, too, like by old clients.
          isolationLevel: 0,
          topics: topics.map((topic) => ({
            topic,
            partitions: [
              { partition, fetchOffset: String(offsets.get(topic)), maxBytes: maxBytesOfOne },
            ],
          })),
        })
        const { responses } = await answer.finally(() => this.#fetching.delete(broker))
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

  /** The first offset, and the offset of the next record. Topics without a leader are left out. */
  async bounds(
    topics: readonly string[],
  ): Promise<ReadonlyMap<string, { start: number; end: number }>> {
    const starts = await this.#offsets(topics, -2)
    // Ends are read after starts, so that no end is below its start.
    const ends = await this.#offsets(topics, -1)
    return new Map(
      [...starts].flatMap(([topic, start]) => {
        const end = ends.get(topic)
        return end === undefined ? [] : [[topic, { start, end }]]
      }),
    )
  }

  /**
   * The ids of topics, which differ between a topic and a recreated one of the same name. Topics
   * without a leader are left out. The leader is asked, because it knows a new topic before it has
   * records of it. So records that were fetched between two equal answers belong to that topic.
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

  /** Makes all fetches under way fail immediately. */
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

/** The topic does not exist, or has no leader now. */
export class NoLeader extends Error {
  override readonly name = 'NoLeader'
  constructor(topic: string) {
    super(`the topic ${topic} has no leader now`)
  }
}

/** The type of the error, or of the first cause that has one: kafkajs wraps errors of retries. */
export function kafkaErrorType(error: unknown): string | null {
  for (let at = error; typeof at === 'object' && at !== null; at = (at as ErrorOptions).cause) {
    const { type } = at as { type?: unknown }
    if (typeof type === 'string') return type
  }
  return null
}

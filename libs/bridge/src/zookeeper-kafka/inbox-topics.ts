import kafkajs, { type Admin, type ITopicConfig, type Kafka } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'
import { BridgeError } from '../bridge-error.ts'
import { type InboxCluster, kafkaErrorType } from './inbox-cluster.ts'

const { ConfigResourceTypes, ConfigSource } = kafkajs

export interface InboxTopicsOptions {
  kafka: Kafka
  cluster: InboxCluster
  replicationFactor: number
}

export const deadLetterTopic = '_rookery-inbox-dead-letters'
const weekMs = 7 * 24 * 60 * 60 * 1000
const readyTimeoutMs = 9_000
const goneTimeoutMs = 20_000
const pollMs = 25
const batchSize = 100
/**
 * The broker keeps all records uncompressed, however a worker compresses them. Old clients cannot
 * read zstd, and a batch that this process cannot read would block its inbox.
 */
const compression = { name: 'compression.type', value: 'uncompressed' }
const settled: ReadonlySet<string | null> = new Set([
  'TOPIC_ALREADY_EXISTS',
  'UNKNOWN_TOPIC_OR_PARTITION',
])

/**
 * Makes and removes inboxes. Each call uses a new connection, because a client that is kept fails
 * again and again after a topic has vanished.
 */
export class InboxTopics {
  readonly #options: InboxTopicsOptions

  constructor(options: InboxTopicsOptions) {
    this.#options = options
  }

  async names(): Promise<ReadonlySet<string>> {
    const topics = await asking('the list of inboxes', () => this.#options.cluster.topics())
    return new Set([...topics].filter((topic) => !topic.startsWith('_')))
  }

  async create(ids: readonly string[]): Promise<void> {
    const { cluster } = this.#options
    await asking('making inboxes', async () => {
      const existing = await cluster.topics()
      // One batch after the other: the time of a request must not grow with the number of inboxes.
      await this.#withAdmin(async (admin) => {
        for (const some of batches(ids.filter((id) => existing.has(id))))
          await keepUncompressed(admin, some)
        let failure: unknown = null
        for (const some of batches(ids.filter((id) => !existing.has(id))))
          failure ??= await this.#createSome(admin, some)
        if (failure !== null) throw failure
      })
    })
  }

  async remove(id: string): Promise<void> {
    await asking(`deleting the inbox ${id}`, async () => {
      await this.#withAdmin((admin) =>
        unlessSettled(admin.deleteTopics({ topics: [id], timeout: goneTimeoutMs })),
      )
      const isGone = async (now: ReadonlySet<string>): Promise<boolean> => !now.has(id)
      await this.#until(goneTimeoutMs, `the inbox ${id} still exists`, isGone)
    })
  }

  /** Makes all inboxes that the broker accepts. @returns why it refused some; null: none */
  async #createSome(admin: Admin, ids: readonly string[]): Promise<unknown> {
    const { cluster, replicationFactor } = this.#options
    const plan = (topic: string): ITopicConfig => ({
      topic,
      // Records have an order only within a partition.
      numPartitions: 1,
      replicationFactor,
      configEntries: [
        { name: 'retention.ms', value: String(weekMs) },
        { name: 'cleanup.policy', value: 'delete' },
        compression,
        ...(replicationFactor >= 3 ? [{ name: 'min.insync.replicas', value: '2' }] : []),
      ],
    })
    // A wait for leaders would never end if the topic was deleted meanwhile.
    const refused = new Set<string>()
    let why: unknown = null
    try {
      await admin.createTopics({ topics: ids.map(plan), waitForLeaders: false })
    } catch (error) {
      for (const each of errorsOf(error)) {
        if (settled.has(kafkaErrorType(each))) continue
        const { topic } = each as { topic?: unknown }
        if (typeof topic !== 'string') throw error
        refused.add(topic)
        why = each
      }
    }
    const made = ids.filter((id) => !refused.has(id))
    // The metadata may name a leader before the broker knows that it is the leader.
    const isReady = async (now: ReadonlySet<string>): Promise<boolean> =>
      made.every((id) => now.has(id)) &&
      (await cluster.bounds(made).catch(() => null))?.size === made.length
    await this.#until(readyTimeoutMs, 'inboxes are not ready', isReady)
    return why
  }

  async #until(
    timeoutMs: number,
    otherwise: string,
    holds: (topics: ReadonlySet<string>) => Promise<boolean>,
  ): Promise<void> {
    for (const end = performance.now() + timeoutMs; ; await sleep(pollMs)) {
      if (await holds(await this.#options.cluster.topics())) return
      if (performance.now() > end) throw new BridgeError('unavailable', otherwise)
    }
  }

  async #withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.#options.kafka.admin()
    try {
      await admin.connect()
      return await work(admin)
    } finally {
      await admin.disconnect().catch(() => undefined)
    }
  }
}

/** Changes the compression of foreign topics, and keeps all their other settings. */
async function keepUncompressed(admin: Admin, topics: readonly string[]): Promise<void> {
  const configs = await configsOf(admin, topics, [compression.name])
  const others = [...configs]
    .filter(([, entries]) => entries.get(compression.name)?.value !== compression.value)
    .map(([topic]) => topic)
  if (others.length === 0) return
  const resources = [...(await configsOf(admin, others))].map(([name, entries]) => ({
    type: ConfigResourceTypes.TOPIC,
    name,
    // The request resets settings that it does not name.
    configEntries: [
      ...[...entries.values()].filter((entry) => entry.isSet && entry.name !== compression.name),
      compression,
    ].map((entry) => ({ name: entry.name, value: entry.value })),
  }))
  await admin.alterConfigs({ validateOnly: false, resources })
}

async function configsOf(
  admin: Admin,
  topics: readonly string[],
  configNames?: string[],
): Promise<Map<string, Map<string, { name: string; value: string; isSet: boolean }>>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({
      type: ConfigResourceTypes.TOPIC,
      name,
      ...(configNames && { configNames }),
    })),
  })
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      new Map(
        configEntries.map(({ configName: name, configValue: value, configSource }) => [
          name,
          { name, value, isSet: configSource === ConfigSource.TOPIC_CONFIG },
        ]),
      ),
    ]),
  )
}

function batches(ids: readonly string[]): string[][] {
  const count = Math.ceil(ids.length / batchSize)
  return Array.from({ length: count }, (_, n) => ids.slice(n * batchSize, (n + 1) * batchSize))
}

/**
 * Ignores that another process has made or removed the topic at the same time. The caller checks
 * the result.
 */
async function unlessSettled(request: Promise<unknown>): Promise<void> {
  try {
    await request
  } catch (error) {
    if (!errorsOf(error).every((each) => settled.has(kafkaErrorType(each)))) throw error
  }
}

/** A request about many topics has one error for each topic that failed. */
function errorsOf(error: unknown): readonly unknown[] {
  const { errors } = error as { errors?: unknown }
  return Array.isArray(errors) ? errors : [error]
}

export async function asking<T>(what: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (cause) {
    if (cause instanceof BridgeError) throw cause
    throw new BridgeError('unavailable', `Kafka did not answer: ${what}`, { cause })
  }
}

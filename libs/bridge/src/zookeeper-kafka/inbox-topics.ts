import type { Admin, ITopicConfig, Kafka } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'
import { BridgeError } from '../bridge-error.ts'
import { type InboxCluster, kafkaErrorType } from './inbox-cluster.ts'

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
const settled: ReadonlySet<string | null> = new Set([
  'TOPIC_ALREADY_EXISTS',
  'UNKNOWN_TOPIC_OR_PARTITION',
])

/** Makes and removes inboxes. Each time over a connection of its own: one that is kept keeps failing on a topic that has vanished. */
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
      const there = await cluster.topics()
      const missing = ids.filter((id) => !there.has(id))
      if (missing.length === 0) return
      // One batch after the other, so that how long each takes does not depend on how many there are.
      await this.#withAdmin(async (admin) => {
        for (let from = 0; from < missing.length; from += batchSize)
          await this.#createSome(admin, missing.slice(from, from + batchSize))
      })
    })
  }

  async remove(id: string): Promise<void> {
    await asking(`deleting the inbox ${id}`, async () => {
      await this.#withAdmin((admin) =>
        unlessSettled(admin.deleteTopics({ topics: [id], timeout: goneTimeoutMs })),
      )
      const isGone = async (now: ReadonlySet<string>): Promise<boolean> => !now.has(id)
      await this.#until(goneTimeoutMs, `the inbox ${id} is not gone`, isGone)
    })
  }

  async #createSome(admin: Admin, ids: readonly string[]): Promise<void> {
    const { cluster, replicationFactor } = this.#options
    const plan = (topic: string): ITopicConfig => ({
      topic,
      // One: only within a partition records have an order.
      numPartitions: 1,
      replicationFactor,
      configEntries: [
        { name: 'retention.ms', value: String(weekMs) },
        { name: 'cleanup.policy', value: 'delete' },
        // As the writer sent it: what a broker compressed with zstd old clients could not read.
        { name: 'compression.type', value: 'producer' },
        ...(replicationFactor >= 3 ? [{ name: 'min.insync.replicas', value: '2' }] : []),
      ],
    })
    // Waiting for leaders can hang for ever on a topic that is deleted meanwhile.
    await unlessSettled(admin.createTopics({ topics: ids.map(plan), waitForLeaders: false }))
    // A leader may be named before the broker knows that it is one.
    const isReady = async (now: ReadonlySet<string>): Promise<boolean> =>
      ids.every((id) => now.has(id)) &&
      (await cluster.bounds(ids).catch(() => null))?.size === ids.length
    await this.#until(readyTimeoutMs, 'inboxes are not ready', isReady)
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

/** Somebody else may have made or removed it at the same time; whether all is as it should be is looked at afterwards. */
async function unlessSettled(request: Promise<unknown>): Promise<void> {
  try {
    await request
  } catch (error) {
    const { errors } = error as { errors?: unknown }
    const types = Array.isArray(errors) ? errors.map(kafkaErrorType) : [kafkaErrorType(error)]
    if (!types.every((type) => settled.has(type))) throw error
  }
}

export async function asking<T>(what: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (cause) {
    if (cause instanceof BridgeError) throw cause
    throw new BridgeError('unavailable', `Kafka did not answer: ${what}`, { cause })
  }
}

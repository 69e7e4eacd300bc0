import {
  type Consumer,
  type EachBatchPayload,
  type Kafka,
  PartitionAssigners,
  type PartitionAssigner,
} from 'kafkajs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type Consumption,
  LogError,
  type PartitionBounds,
  type PartitionHandler,
} from '../message-log.ts'
import { retry } from './client.ts'
import { asking } from './kafka-errors.ts'
import { isPredecessor, removeMembers } from './group-members.ts'
import type { Cluster, Joined, JoinListener } from '@rookery/kafka-client'
import { PartitionBuffer } from './partition-buffer.ts'
import { toRecord } from './record-reader.ts'
import { settledWithin } from './settled-within.ts'

/**
 * After this time without a heartbeat, other consumers get the partitions of a killed or frozen
 * one.
 */
const sessionTimeoutMs = 6_000
/**
 * Also the time in which a member notices that another one has joined or left. All members pause
 * until each has noticed.
 */
const heartbeatIntervalMs = 500
/**
 * The others wait this long for a member that is alive but does not rejoin. It is longer than
 * `revokeTimeoutMs`, the time in which a member lets go of its partitions.
 */
const rebalanceTimeoutMs = 8_000
/**
 * A fetch waits this long for records. A new assignment, or an orderly end, may have to wait for
 * it.
 */
const maxWaitMs = 250
/** Shorter than `sessionTimeoutMs`, because no heartbeats are sent meanwhile. */
const revokeTimeoutMs = 4_000
const assignTimeoutMs = 2_000
const leaveTimeoutMs = 300
const closeTimeoutMs = 3_000
const removeTimeoutMs = 2_000
const maxSilentSeconds = 10
const maxWrongFetches = 3

export interface GroupConsumerOptions {
  /** Created with the member's name as its client id. */
  kafka: Kafka
  memberName: string
  /** A connection other than the consumer's own. */
  cluster: Cluster
  topic: string
  groupId: string
  handler: PartitionHandler
  bounds: (partition: number) => Promise<PartitionBounds>
  /** Runs after every join, before any partition is handed over. */
  check: () => Promise<void>
  /** Called when the client library has stopped for good. Only a new process helps. */
  onFatal: (error: LogError) => void
}

/**
 * One member of a consumer group. Whenever the group changes, its members pass these phases:
 * 1. Release (`beforeJoin`): every `PartitionBuffer` aborts its turn, waits for the batch in
 *    progress and calls the handler's `revoked`. This takes up to `revokeTimeoutMs`.
 * 2. Join (`beforeAttempt`): the brokers wait for the other members, up to `rebalanceTimeoutMs`.
 * 3. Assignment (`afterJoin`): fetching is paused, and each partition gets a new `PartitionBuffer`.
 * 4. Hand-over: the buffer waits for the end of its predecessor in this process, then the topic is
 *    checked, and the handler's `assigned` returns the offset to start at.
 * 5. Fetching is resumed at this offset. The buffer passes batches to the handler until phase 1.
 */
export class GroupConsumer implements Consumption, JoinListener {
  readonly halted: Map<number, unknown> = new Map()
  readonly #options: GroupConsumerOptions
  readonly #consumer: Consumer
  readonly #buffers = new Map<number, PartitionBuffer>()
  readonly #wrongFetches = new Map<number, number>()
  readonly #uncommitted = new Map<number, number>()
  #committing: Promise<void> | null = null
  #heartbeat: () => Promise<void> = () => Promise.resolve()
  #silentSeconds = 0
  #watch: NodeJS.Timeout | null = null
  #joining = false
  #closing: Promise<void> | null = null

  constructor(options: GroupConsumerOptions) {
    this.#options = options
    this.#consumer = options.kafka.consumer({
      groupId: options.groupId,
      allowAutoTopicCreation: false,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatIntervalMs,
      rebalanceTimeout: rebalanceTimeoutMs,
      maxWaitTimeInMs: maxWaitMs,
      partitionAssigners: [this.#assigner()],
      retry,
    })
  }

  /** @throws LogError `unavailable` */
  async start(): Promise<void> {
    const { FETCH, GROUP_JOIN, CRASH } = this.#consumer.events
    this.#consumer.on(FETCH, () => (this.#silentSeconds = 0))
    this.#consumer.on(GROUP_JOIN, () => (this.#silentSeconds = 0))
    this.#consumer.on(CRASH, ({ payload }) => {
      // The group removes this member soon, even if the client restarts on its own.
      void this.#revokeAll()
      if (!payload.restart) this.#fatal(payload.error)
    })
    await asking('joining a consumer group', async () => {
      await this.#removeMembers((name) => isPredecessor(name, this.#options.memberName))
      await this.#consumer.connect()
      // Kafka uses `fromBeginning` only for partitions without a commit. The offset that the
      // handler returns replaces it in any case.
      await this.#consumer.subscribe({ topics: [this.#options.topic], fromBeginning: true })
    })
    // Counts ticks instead of reading the clock: while this process is frozen, it counts nothing.
    this.#watch = setInterval(() => {
      this.#silentSeconds += 1
      if (this.#silentSeconds === maxSilentSeconds) this.#fatal(null)
    }, 1_000)
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async (payload) => this.#acceptFetch(payload),
    })
  }

  /** Commits of one turn of the event loop share one request. */
  commit(partition: number, next: number): Promise<void> {
    this.#uncommitted.set(partition, next)
    this.#committing ??= nextTurn().then(() => this.#commit())
    return this.#committing
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /**
   * Releases every partition before the group is joined again, because other members may get them
   * then.
   */
  async beforeJoin(): Promise<void> {
    await this.#revokeAll()
  }

  beforeAttempt(): void {
    if (this.#closing !== null) throw new LogError('unavailable', 'the consumer is closed')
    this.#joining = true
  }

  async afterJoin({ generation, partitions }: Joined): Promise<void> {
    this.#joining = false
    if (this.#closing !== null) return
    const { topic } = this.#options
    for (const partition of this.halted.keys())
      if (!partitions.includes(partition)) this.halted.delete(partition)
    // A partition that halted and stays here stays halted.
    const active = partitions.filter((partition) => !this.halted.has(partition))
    this.#consumer.pause([{ topic, partitions }])
    const check = onceDone(this.#options.check)
    const begun = active.map((partition) => this.#openBuffer(partition, generation, check).begun)
    // The first fetch covers as many partitions as possible. A partition that starts later has to
    // wait for the end of that fetch.
    await settledWithin(Promise.all(begun), assignTimeoutMs)
  }

  async #commit(): Promise<void> {
    const { topic } = this.#options
    const offsets = [...this.#uncommitted].map(([partition, next]) => ({
      topic,
      partition,
      offset: String(next),
    }))
    this.#uncommitted.clear()
    this.#committing = null
    await asking('committing an offset', () => this.#consumer.commitOffsets(offsets))
  }

  #openBuffer(partition: number, generation: number, check: () => Promise<void>): PartitionBuffer {
    const { topic, handler, bounds } = this.#options
    const fetching = (change: () => void): void => {
      // kafkajs throws if the consumer does not run. That is harmless, because the next join sets
      // all of it.
      if (this.#closing === null && this.#buffers.get(partition) === buffer) ignoreFailure(change)
    }
    const buffer: PartitionBuffer = new PartitionBuffer({
      partition,
      generation,
      handler,
      after: this.#buffers.get(partition)?.ended ?? Promise.resolve(),
      bounds: async () => {
        await check()
        return bounds(partition)
      },
      keepAlive: () => this.#keepAlive(),
      onStart: (offset) =>
        fetching(() => {
          this.#consumer.seek({ topic, partition, offset: String(offset) })
          this.#consumer.resume([{ topic, partitions: [partition] }])
        }),
      onRoom: () => fetching(() => this.#consumer.resume([{ topic, partitions: [partition] }])),
      onHalt: (reason) => {
        this.halted.set(partition, reason)
        fetching(() => this.#consumer.pause([{ topic, partitions: [partition] }]))
      },
    })
    this.#buffers.set(partition, buffer)
    this.#wrongFetches.delete(partition)
    return buffer
  }

  /**
   * Buffers the fetched records and returns at once, so that the next fetch of all partitions is
   * sent.
   */
  #acceptFetch(payload: EachBatchPayload): void {
    this.#heartbeat = () => payload.heartbeat()
    const { batch } = payload
    const { topic, partition } = batch
    const buffer = this.#buffers.get(partition)
    const expected = buffer?.expectedOffset ?? null
    if (buffer === undefined || expected === null) return
    // `fetchedOffset` is missing in the types. It is not the expected offset if the fetch was sent
    // before the last join, or if kafkajs moved it because its offset was out of range.
    const { fetchedOffset } = batch as unknown as { fetchedOffset: string }
    if (Number(fetchedOffset) !== expected) {
      this.#refetch(buffer, expected)
      return
    }
    this.#wrongFetches.delete(partition)
    const last = batch.lastOffset()
    buffer.accept(
      batch.messages.map((message) => toRecord(partition, message)),
      Number(last) + 1,
    )
    payload.resolveOffset(last)
    if (buffer.full) this.#consumer.pause([{ topic, partitions: [partition] }])
  }

  #refetch(buffer: PartitionBuffer, expected: number): void {
    const { partition } = buffer
    const wrong = (this.#wrongFetches.get(partition) ?? 0) + 1
    this.#wrongFetches.set(partition, wrong)
    if (wrong < maxWrongFetches) {
      this.#consumer.seek({ topic: this.#options.topic, partition, offset: String(expected) })
      return
    }
    buffer.halt(
      new LogError(
        'mismatch',
        `partition ${partition} of ${this.#options.topic} cannot be read at offset ${expected}: records were deleted, or the topic was recreated`,
      ),
    )
  }

  /**
   * Ignores a failed heartbeat. If the group has removed this member, the fetch loop notices it and
   * joins again, and the signal of each turn aborts.
   */
  async #keepAlive(): Promise<void> {
    await this.#heartbeat().catch(() => undefined)
  }

  async #revokeAll(): Promise<void> {
    const ends = Promise.all([...this.#buffers.values()].map((buffer) => buffer.revoke()))
    // A handler that does not end in time is a second writer for a while, which the fold tolerates.
    // Its successor in this process waits for it.
    await settledWithin(ends, revokeTimeoutMs)
  }

  #fatal(cause: unknown): void {
    const message =
      cause === null
        ? `nothing was fetched for ${maxSilentSeconds} s, restart the process`
        : 'the consumer has stopped for good, restart the process'
    const error = new LogError('unavailable', message, { cause })
    for (const buffer of this.#buffers.values()) buffer.halt(error)
    if (this.#closing === null) this.#options.onFatal(error)
  }

  async #close(): Promise<void> {
    if (this.#watch !== null) clearInterval(this.#watch)
    await this.#revokeAll()
    const left = this.#consumer.disconnect()
    // `disconnect` leaves the group, except while it waits to join or the brokers do not answer.
    for (const deadline = performance.now() + closeTimeoutMs; performance.now() < deadline;) {
      if ((await settledWithin(left, leaveTimeoutMs)) && !this.#joining) return
      await this.#removeMembers((name) => name === this.#options.memberName)
      this.#joining = false
    }
  }

  /** If the brokers do not answer, they remove the members at the end of their group sessions. */
  async #removeMembers(isRemoved: (memberName: string) => boolean): Promise<void> {
    const { cluster, groupId } = this.#options
    await settledWithin(removeMembers(cluster, groupId, isRemoved), removeTimeoutMs)
  }

  #assigner(): PartitionAssigner {
    return (config) =>
      Object.assign(PartitionAssigners.roundRobin(config), { joinListener: this as JoinListener })
  }
}

/** Shares one success among all callers. After a failure the next call tries again. */
function onceDone(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null
  return () => {
    done ??= work().catch((error: unknown) => {
      done = null
      throw error
    })
    return done
  }
}

function ignoreFailure(work: () => void): void {
  try {
    work()
  } catch {
    // The callers say why a failure is harmless.
  }
}

import kafkajs, { type Kafka } from 'kafkajs'
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'

// Node cannot import this name of the CommonJS module directly.
const { KafkaJSConnectionError } = kafkajs

// This file uses functions of kafkajs 2.2.4 that the library does not export. The version is pinned
// in package.json, and `kafkajs-internals.test.ts` notices a change. The public clients do not
// suffice: a consumer cannot change its topics while it runs, and a producer or admin client that
// has used a topic fails for good once the topic is deleted. The requests below keep no such state.
const require = createRequire(import.meta.url)

/** A connection to the brokers, with the requests on which the public clients are built. */
export interface Cluster {
  isConnected(): boolean
  connect(): Promise<void>
  disconnect(): Promise<void>
  refreshMetadata(): Promise<void>
  /** The metadata of all topics if `topics` is empty. */
  metadata(request: { topics: string[] }): Promise<{ topicMetadata: TopicMetadata[] }>
  addTargetTopic(topic: string): Promise<void>
  findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>
  findControllerBroker(): Promise<Broker>
  findBroker(node: { nodeId: string }): Promise<Broker>
  findGroupCoordinator(group: { groupId: string }): Promise<Broker>
  fetchTopicsOffset(
    topics: { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>
}

export interface TopicMetadata {
  topic: string
  partitionMetadata: { partitionId: number; leader: number }[]
}

export interface Broker {
  fetch(request: {
    maxWaitTime: number
    minBytes: number
    maxBytes: number
    isolationLevel: number
    topics: {
      topic: string
      partitions: { partition: number; fetchOffset: string; maxBytes: number }[]
    }[]
  }): Promise<{
    responses: { topicName: string; partitions: { messages: FetchedMessage[] }[] }[]
  }>
  produce(request: {
    acks: number
    timeout: number
    topicData: {
      topic: string
      partitions: { partition: number; messages: ProducedMessage[] }[]
    }[]
  }): Promise<unknown>
  listOffsets(request: {
    isolationLevel: number
    topics: { topic: string; partitions: { partition: number; timestamp: number }[] }[]
  }): Promise<{ responses: { topic: string; partitions: { offset: string }[] }[] }>
  describeGroups(request: {
    groupIds: string[]
  }): Promise<{ groups: { members: { memberId: string; clientId: string }[] }[] }>
  leaveGroup(request: { groupId: string; memberId: string }): Promise<void>
  connectionPool: {
    send<T>(exchange: Exchange<T>): Promise<T>
    pool: { socket: Socket | null }[]
  }
}

export interface ProducedMessage {
  key: string | null
  value: Buffer
  headers: Record<string, string>
  timestamp: number
}

export interface FetchedMessage {
  offset: string
  timestamp: string
  key: Buffer | null
  value: Buffer | null
  headers?: Record<string, Buffer | undefined>
  /** True for a mark of a transaction, which is not a record of an appender. */
  isControlRecord?: boolean
}

/** One request, and the function that reads its answer. */
export interface Exchange<T> {
  request: { apiKey: number; apiVersion: number; apiName: string; encode(): Promise<Encoder> }
  response: {
    decode(payload: Buffer): Promise<{ decoded: T }>
    parse(data: { decoded: T }): Promise<T>
  }
}

export interface Encoder {
  writeInt8(value: number): this
  writeBoolean(value: boolean): this
  writeBuffer(bytes: Buffer): this
  writeUVarInt(value: number): this
  writeUVarIntString(text: string): this
}

export interface Decoder {
  readInt16(): number
  readInt32(): number
  readUVarInt(): number
  readUVarIntString(): string | null
  readBytes(count: number): Buffer
}

export const createEncoder = (): Encoder =>
  new (require('kafkajs/src/protocol/encoder') as new () => Encoder)()
export const createDecoder = (bytes: Buffer): Decoder =>
  new (require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => Decoder)(bytes)

/** A new connection to the brokers with the settings of the client `kafka`. */
export function createCluster(kafka: Kafka): Cluster {
  const create = Reflect.get(kafka, symbolOf(kafka, 'private:Kafka:createCluster')) as unknown
  if (typeof create !== 'function')
    throw new TypeError('this version of kafkajs has no cluster factory: pin 2.2.4')
  return (create as (options: object) => Cluster)({
    metadataMaxAge: 300_000,
    allowAutoTopicCreation: false,
  })
}

/**
 * Fails the outstanding requests to this broker, which `disconnect` would wait for.
 */
export function cutConnections(broker: Broker): void {
  for (const { socket } of broker.connectionPool.pool) socket?.destroy(new Error('cut'))
}

interface RequestQueue {
  pending: unknown[]
  requestTimeout: number
  scheduleCheckPendingRequests: (this: RequestQueue) => void
  waitForPendingRequests: (this: RequestQueue) => Promise<void>
  rejectAll(error: Error): void
}

/** The result of one join of a group. */
export interface Joined {
  generation: number
  partitions: number[]
}

/** Is called before and after each join of the group, which waits for both calls. */
export interface JoinListener {
  beforeJoin(): Promise<void>
  /**
   * Called before each request to join, of which one join may need several. An error ends the join.
   */
  beforeAttempt(): void
  afterJoin(joined: Joined): Promise<void>
}

interface ConsumerGroup {
  generationId: number
  assigners: { joinListener?: JoinListener }[]
  assigned(): { partitions: number[] }[]
  joinAndSync: (this: ConsumerGroup) => Promise<void>
  /** The time of the last heartbeat, by `Date`. */
  lastRequest: number
  heartbeat: (this: ConsumerGroup, options: { interval: number }) => Promise<void>
  [attempt: symbol]: (this: ConsumerGroup) => Promise<void>
}

type Class<Instance> = { prototype: Instance }
const patched: unique symbol = Symbol.for('rookery.kafkajs.patched')

/**
 * Corrects four faults of kafkajs, once in a process:
 *
 * - An idle connection wakes up 900 times a second. `scheduleCheckPendingRequests` computes with
 *   `throttledUntil = -1`, so its timer fires immediately and is set again. Now no timer is set
 *   without pending requests.
 * - `disconnect` waits for outstanding answers without a limit. So a broker that hangs, and that is
 *   missing in the metadata, would hold its clients for good. Now the wait ends after the time-out
 *   of a request.
 * - The library rejoins a group without waiting for the program. So the next consumer of a
 *   partition may begin before this one has stopped. Now the consumer's assigner may have a
 *   `joinListener`, which is awaited before and after a join, and which may end it.
 * - After the clock was set back, no heartbeat is sent until the clock has reached the time of the
 *   last one again. Meanwhile the group removes the consumer. Now the next call sends a heartbeat.
 */
export function patchKafkajs(): void {
  const queue = (require('kafkajs/src/network/requestQueue') as Class<RequestQueue>).prototype
  const group = (require('kafkajs/src/consumer/consumerGroup') as Class<ConsumerGroup>).prototype
  if (Object.hasOwn(queue, patched)) return
  Object.defineProperty(queue, patched, { value: true })

  const schedule = queue.scheduleCheckPendingRequests
  queue.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this)
  }

  const waitForPendingRequests = queue.waitForPendingRequests
  queue.waitForPendingRequests = function (this: RequestQueue): Promise<void> {
    const rejectAll = (): void =>
      this.rejectAll(new KafkaJSConnectionError('the broker did not answer'))
    const timer = setTimeout(rejectAll, this.requestTimeout)
    return waitForPendingRequests.call(this).finally(() => clearTimeout(timer))
  }

  const listenerOf = ({ assigners }: ConsumerGroup): JoinListener | undefined =>
    assigners.find((assigner) => assigner.joinListener)?.joinListener
  const attempt = symbolOf(group, 'private:ConsumerGroup:join')
  const join = group[attempt]
  if (join === undefined)
    throw new TypeError('this version of kafkajs joins groups in another way: pin 2.2.4')
  group[attempt] = async function (this: ConsumerGroup): Promise<void> {
    listenerOf(this)?.beforeAttempt()
    await join.call(this)
  }

  const joinAndSync = group.joinAndSync
  group.joinAndSync = async function (this: ConsumerGroup): Promise<void> {
    const listener = listenerOf(this)
    await listener?.beforeJoin()
    await joinAndSync.call(this)
    const partitions = this.assigned().flatMap((topic) => topic.partitions)
    await listener?.afterJoin({ generation: this.generationId, partitions })
  }

  const heartbeat = group.heartbeat
  group.heartbeat = function (this: ConsumerGroup, options): Promise<void> {
    if (this.lastRequest > Date.now()) this.lastRequest = 0
    return heartbeat.call(this, options)
  }
}

function symbolOf(owner: object, name: string): symbol {
  const found = Object.getOwnPropertySymbols(owner).find((symbol) => String(symbol).includes(name))
  if (found === undefined) throw new TypeError(`this version of kafkajs has no ${name}: pin 2.2.4`)
  return found
}

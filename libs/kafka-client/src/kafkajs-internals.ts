import kafkajs, { type Kafka } from 'kafkajs'
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'

// Node finds most names of this CommonJS module by itself, but not this one.
const { KafkaJSConnectionError } = kafkajs

// What kafkajs 2.2.4 can do and does not export. The version is pinned in package.json, and
// `kafkajs-internals.test.ts` notices a change. Its consumers cannot change what they follow while
// they run, and its producers and admin clients keep failing once a topic that they have used is
// gone. The requests below know nothing of each other.
const require = createRequire(import.meta.url)

/** A connection to the brokers, with the requests that the public clients wrap. */
export interface Cluster {
  isConnected(): boolean
  connect(): Promise<void>
  disconnect(): Promise<void>
  refreshMetadata(): Promise<void>
  /** Of all topics, when `topics` is empty. */
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
  /** A mark of a transaction, and nobody's text. */
  isControlRecord?: boolean
}

/** One request and how its answer is read. */
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

/** A cluster connection of its own, made with the settings of a client. */
export function createCluster(kafka: Kafka): Cluster {
  const create = Reflect.get(kafka, symbolOf(kafka, 'private:Kafka:createCluster')) as unknown
  if (typeof create !== 'function') throw new TypeError('this kafkajs has no cluster factory')
  return (create as (options: object) => Cluster)({
    metadataMaxAge: 300_000,
    allowAutoTopicCreation: false,
  })
}

/** Requests under way to this broker fail now. Disconnecting would wait for their answers. */
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

/** What one join of a group brought. */
export interface Joined {
  generation: number
  partitions: number[]
}

/** Told around each joining of the group, which waits for all of it. */
export interface JoinListener {
  beforeJoin(): Promise<void>
  /**
   * Before each request to join, of which one joining may take several. What it throws ends the
   * joining.
   */
  beforeAttempt(): void
  afterJoin(joined: Joined): Promise<void>
}

interface ConsumerGroup {
  generationId: number
  assigners: { joinListener?: JoinListener }[]
  assigned(): { partitions: number[] }[]
  joinAndSync: (this: ConsumerGroup) => Promise<void>
  /** When it last sent a heartbeat, by `Date`. */
  lastRequest: number
  heartbeat: (this: ConsumerGroup, options: { interval: number }) => Promise<void>
  [attempt: symbol]: (this: ConsumerGroup) => Promise<void>
}

type Class<Instance> = { prototype: Instance }
const patched: unique symbol = Symbol.for('rookery.kafkajs.patched')

/**
 * Mends four things in kafkajs, once a process:
 *
 * - a connection with nothing pending sets a timer that is already due, again and again: 900
 *   wake-ups a second while idle (`scheduleCheckPendingRequests` reckons with `throttledUntil =
 *   -1`). Without pending requests there is nothing to check.
 * - who disconnects waits for the answers under way, and no time-out ends that wait any more. A
 *   broker that hangs and is left out of the metadata would hold its clients for ever.
 * - it joins a group again without waiting for anybody, so a partition's next consumer may begin
 *   before the last one has let go. The consumer's assigner may carry a `joinListener`, which is
 *   waited for before and after, and may end it.
 * - with the clock set back it sends no heartbeat until the time of the last one has come again,
 *   and the group counts it out meanwhile.
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
    const giveUp = (): void => this.rejectAll(new KafkaJSConnectionError('it did not answer'))
    const timer = setTimeout(giveUp, this.requestTimeout)
    return waitForPendingRequests.call(this).finally(() => clearTimeout(timer))
  }

  const listenerOf = ({ assigners }: ConsumerGroup): JoinListener | undefined =>
    assigners.find((assigner) => assigner.joinListener)?.joinListener
  const attempt = symbolOf(group, 'private:ConsumerGroup:join')
  const join = group[attempt]
  if (join === undefined) throw new TypeError('this kafkajs joins groups otherwise')
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
  if (found === undefined) throw new TypeError(`this kafkajs has no ${name}`)
  return found
}

import type { Kafka } from 'kafkajs'
import { createRequire } from 'node:module'

// What kafkajs 2.2.4 can do and does not export. Its consumers cannot change what they follow while they run, and its producers and admin
// clients keep failing once a topic that they have used is gone; the requests below know nothing of each other.
const require = createRequire(import.meta.url)

/** A connection to the brokers, with the requests that the public clients wrap. */
export interface Cluster {
  isConnected(): boolean
  connect(): Promise<void>
  disconnect(): Promise<void>
  /** Of all topics, when `topics` is empty. */
  metadata(request: { topics: string[] }): Promise<{ topicMetadata: TopicMetadata[] }>
  findBroker(node: { nodeId: string }): Promise<Broker>
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
}

export interface ProducedMessage {
  key: string | null
  value: Buffer
  headers: Record<string, string>
  timestamp: number
}

export interface FetchedMessage {
  offset: string
  key: Buffer | null
  value: Buffer | null
  headers?: Record<string, Buffer | undefined>
}

/** A cluster connection of its own, made with the settings of a client. */
export function createCluster(kafka: Kafka): Cluster {
  const key = Object.getOwnPropertySymbols(kafka).find((symbol) =>
    String(symbol).includes('private:Kafka:createCluster'),
  )
  const create = key === undefined ? undefined : (Reflect.get(kafka, key) as unknown)
  if (typeof create !== 'function') throw new TypeError('this kafkajs has no cluster factory')
  return (create as (options: object) => Cluster)({
    metadataMaxAge: 300_000,
    allowAutoTopicCreation: false,
  })
}

interface RequestQueue {
  pending: unknown[]
  scheduleCheckPendingRequests: (this: RequestQueue) => void
}

const patched: unique symbol = Symbol.for('rookery.kafkajs.patched.queue')

/**
 * Once a process: a connection with nothing pending sets a timer that is already due, again and again (900 wake-ups a second while idle).
 * Without pending requests there is nothing to check.
 */
export function quietKafkajs(): void {
  const queue = (require('kafkajs/src/network/requestQueue') as { prototype: RequestQueue })
    .prototype
  if (Object.hasOwn(queue, patched)) return
  Object.defineProperty(queue, patched, { value: true })
  const schedule = queue.scheduleCheckPendingRequests
  queue.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this)
  }
}

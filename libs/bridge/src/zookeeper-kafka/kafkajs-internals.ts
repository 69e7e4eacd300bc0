import { createCluster as createKafkajsCluster, type readTopicIds } from '@rookery/log/kafka'
import type { Kafka } from 'kafkajs'
import type { Socket } from 'node:net'

// What kafkajs 2.2.4 can do and does not export. Its consumers cannot change what they follow while they run, and its producers and admin
// clients keep failing once a topic that they have used is gone; the requests below know nothing of each other.

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
  connectionPool: Parameters<typeof readTopicIds>[0]['connectionPool'] & {
    pool: { socket: Socket | null }[]
  }
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
  /** A mark of a transaction, and nobody's text. */
  isControlRecord?: boolean
}

/** A cluster connection of its own, made with the settings of a client. */
export function createCluster(kafka: Kafka): Cluster {
  return createKafkajsCluster(kafka) as unknown as Cluster
}

/** What the broker was asked and has not answered fails at once. Disconnecting would wait for the answers. */
export function cutConnections(broker: Broker): void {
  for (const { socket } of broker.connectionPool.pool) socket?.destroy(new Error('cut'))
}

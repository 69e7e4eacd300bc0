import { DirectoryError } from '../directory-error.ts'
import type { PushBus } from '../push-bus.ts'
import { RedisConnection, type RedisOptions } from './connection.ts'

export interface RedisPushBus extends PushBus {
  /** The number of dropped batches: too many waited for Redis, or Redis did not take them. */
  readonly dropped: number
}
export interface RedisPushBusOptions extends RedisOptions {
  /** The UTF-16 units that may wait for Redis. A batch that would exceed them is dropped. */
  maxPendingLength?: number
}

const defaultMaxPendingLength = 16 * 1024 * 1024
const pingEveryMs = 1_000

/**
 * @throws DirectoryError `unavailable`: Redis cannot be reached; `denied`: it refuses the name or
 * password
 */
export async function openRedisPushBus(options: RedisPushBusOptions): Promise<RedisPushBus> {
  const publisher = await RedisConnection.open(options)
  try {
    const subscriber = await RedisConnection.open(options)
    return new PubSubBus(publisher, subscriber, options.maxPendingLength ?? defaultMaxPendingLength)
  } catch (error) {
    publisher.close()
    throw error
  }
}

type Listener = (batch: string) => void

/**
 * Batches of one turn of the event loop are one write, and no caller waits for the answers.
 * Subscriptions have a connection of their own, and are restored when it reconnects. Batches that
 * were published during the gap are lost.
 */
class PubSubBus implements RedisPushBus {
  readonly #publisher: RedisConnection
  readonly #subscriber: RedisConnection
  readonly #maxPendingLength: number
  readonly #listeners = new Map<string, Set<Listener>>()
  /** Pings Redis: a connection that only listens would not notice that Redis is gone. */
  readonly #pinger: NodeJS.Timeout
  #queued: [channel: string, batch: string][] = []
  #pendingLength = 0
  #dropped = 0

  constructor(publisher: RedisConnection, subscriber: RedisConnection, maxPendingLength: number) {
    this.#publisher = publisher
    this.#subscriber = subscriber
    this.#maxPendingLength = maxPendingLength
    subscriber.client.on('message', (channel: string, batch: string) => {
      for (const listener of this.#listeners.get(channel) ?? []) listener(batch)
    })
    this.#pinger = setInterval(() => {
      subscriber.ask(() => subscriber.client.ping()).catch(() => undefined)
    }, pingEveryMs)
    this.#pinger.unref()
  }

  get dropped(): number {
    return this.#dropped
  }

  publish(serverId: string, batch: string): void {
    if (this.#pendingLength + batch.length > this.#maxPendingLength) {
      this.#dropped += 1
      return
    }
    this.#pendingLength += batch.length
    this.#queued.push([this.#channel(serverId), batch])
    if (this.#queued.length === 1) setImmediate(() => void this.#flush())
  }

  async subscribe(serverId: string, listener: Listener): Promise<() => Promise<void>> {
    const channel = this.#channel(serverId)
    const listeners = this.#listeners.get(channel) ?? new Set()
    this.#listeners.set(channel, listeners.add(listener))
    const stop = async (): Promise<void> => {
      listeners.delete(listener)
      if (listeners.size > 0 || this.#listeners.get(channel) !== listeners) return
      this.#listeners.delete(channel)
      // If this fails, Redis continues to send batches, which are dropped here.
      await this.#subscriber.client.unsubscribe(channel).catch(() => undefined)
    }
    try {
      await this.#subscriber.client.subscribe(channel)
    } catch (error) {
      await stop()
      throw new DirectoryError('unavailable', 'the push bus does not answer', { cause: error })
    }
    return stop
  }

  async close(): Promise<void> {
    clearInterval(this.#pinger)
    this.#listeners.clear()
    this.#publisher.close()
    this.#subscriber.close()
  }

  async #flush(): Promise<void> {
    const queued = this.#queued
    this.#queued = []
    const pipeline = this.#publisher.client.pipeline()
    for (const [channel, batch] of queued) pipeline.publish(channel, batch)
    try {
      const answers = (await pipeline.exec()) ?? []
      const failures = answers.filter(([error]) => error !== null).length
      this.#dropped += failures
      this.#publisher.noteAnswer(failures < answers.length)
    } catch {
      this.#dropped += queued.length
    } finally {
      for (const [, batch] of queued) this.#pendingLength -= batch.length
    }
  }

  #channel(serverId: string): string {
    return this.#publisher.key('push', serverId)
  }
}

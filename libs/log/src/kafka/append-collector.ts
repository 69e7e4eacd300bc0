import type { IHeaders, Message, Producer, RecordMetadata } from 'kafkajs'
import { type Appended, LogError } from '../message-log.ts'
import { kafkaErrorType, toLogError } from './kafka-errors.ts'
import { requestTimeoutMs } from './client.ts'
import { settledWithin } from './settled-within.ts'

export interface PendingRecord {
  topic: string
  partition: number
  key: string
  value: Uint8Array
  headers?: IHeaders
}

interface Pending extends PendingRecord {
  bytes: number
  sent: boolean
  settled: boolean
  resolve: (appended: Appended) => void
  reject: (error: LogError) => void
  timeout: NodeJS.Timeout
}

export interface AppendCollectorOptions {
  producer: Pick<Producer, 'sendBatch'>
  /** How long a record waits for others to be sent with it. */
  collectMs?: number
  /** After which an append is given up. */
  timeoutMs?: number
}

const maxRecordBytes = 1024 * 1024
const maxQueuedRecords = 5_000
const maxQueuedBytes = 32 * 1024 * 1024
/**
 * All of a partition's records in one request make one batch for the broker, which refuses those
 * over the topic's `max.message.bytes`.
 */
const maxBatchBytes = 1024 * 1024
const maxBatchRecords = 2_000

/**
 * Sends records in the order in which they came, one batch at a time: the next leaves only after
 * the last one has been answered or given up, its retries included. kafkajs with several requests
 * in flight reorders on a retry; its `idempotent` mode, meant to prevent that, drops acknowledged
 * records when sends overlap (seen on Kafka 3.9 and 4.1), so it stays off.
 */
export class AppendCollector {
  readonly #producer: Pick<Producer, 'sendBatch'>
  readonly #collectMs: number
  readonly #timeoutMs: number
  readonly #queue: Pending[] = []
  #bytes = 0
  #records = 0
  #timer: NodeJS.Timeout | null = null
  #sending: Promise<void> | null = null
  #closed = false

  constructor({ producer, collectMs = 2, timeoutMs = 5_000 }: AppendCollectorOptions) {
    this.#producer = producer
    this.#collectMs = collectMs
    this.#timeoutMs = timeoutMs
  }

  get writable(): boolean {
    return this.#records < maxQueuedRecords && this.#bytes < maxQueuedBytes
  }

  /**
   * @throws LogError `too_large`, `unavailable` (never sent), `unknown` (sent, but not
   * acknowledged)
   */
  append(record: PendingRecord): Promise<Appended> {
    const bytes = record.value.byteLength + Buffer.byteLength(record.key)
    if (bytes > maxRecordBytes)
      return refused('too_large', `a record is at most ${maxRecordBytes} bytes`)
    if (this.#closed) return refused('unavailable', 'the log is closed')
    if (!this.writable) return refused('unavailable', 'too many appends are waiting')
    return new Promise((resolve, reject) => {
      const pending: Pending = {
        ...record,
        bytes,
        sent: false,
        settled: false,
        resolve: (appended) => this.#settle(pending, () => resolve(appended)),
        reject: (error) => this.#settle(pending, () => reject(error)),
        timeout: setTimeout(() => this.#giveUp(pending), this.#timeoutMs),
      }
      this.#records += 1
      this.#bytes += bytes
      this.#queue.push(pending)
      this.#sendSoon()
    })
  }

  /**
   * Sends what is queued, and refuses what comes from now on. Takes no longer than an append may.
   */
  async close(): Promise<void> {
    this.#closed = true
    await settledWithin(this.#drain(), this.#timeoutMs)
  }

  async #drain(): Promise<void> {
    while (this.#sending !== null || this.#queue.length > 0) {
      this.#sendNow()
      await this.#sending
    }
  }

  #sendSoon(): void {
    if (this.#sending !== null || this.#timer !== null) return
    this.#timer = setTimeout(() => this.#sendNow(), this.#collectMs)
  }

  #sendNow(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#sending !== null || this.#queue.length === 0) return
    this.#sending = this.#send(this.#takeBatch()).then(() => {
      this.#sending = null
      // What came meanwhile has waited long enough.
      this.#sendNow()
    })
  }

  #takeBatch(): Pending[] {
    let bytes = 0
    let count = 0
    for (const pending of this.#queue) {
      bytes += pending.bytes
      if (count > 0 && (bytes > maxBatchBytes || count === maxBatchRecords)) break
      pending.sent = true
      count += 1
    }
    return this.#queue.splice(0, count)
  }

  async #send(batch: Pending[]): Promise<void> {
    const topics = [...new Set(batch.map(({ topic }) => topic))]
    try {
      const answers = await this.#producer.sendBatch({
        // Acknowledged by all in-sync replicas.
        acks: -1,
        timeout: requestTimeoutMs,
        topicMessages: topics.map((topic) => ({
          topic,
          messages: batch.filter((pending) => pending.topic === topic).map(toMessage),
        })),
      })
      this.#refuseFollowers(settleAll(batch, answers))
    } catch (error) {
      const tooLarge = kafkaErrorType(error) === 'MESSAGE_TOO_LARGE'
      const code = tooLarge ? 'too_large' : 'unknown'
      for (const { reject } of batch)
        reject(toLogError(code, 'the record was not acknowledged', error))
      this.#refuseFollowers(batch)
    }
  }

  #giveUp(pending: Pending): void {
    const seconds = this.#timeoutMs / 1000
    if (pending.sent) {
      pending.reject(new LogError('unknown', `not acknowledged within ${seconds} s`))
    } else {
      this.#queue.splice(this.#queue.indexOf(pending), 1)
      pending.reject(new LogError('unavailable', `not sent within ${seconds} s`))
    }
    this.#refuseFollowers([pending])
  }

  /**
   * What waits behind a failed record of the same key must not be stored before it: its appender
   * tries all of them again, in order.
   */
  #refuseFollowers(failed: readonly Pending[]): void {
    if (failed.length === 0) return
    const keys = new Set(failed.map(({ topic, key }) => `${topic} ${key}`))
    const followers = this.#queue.filter(({ topic, key }) => keys.has(`${topic} ${key}`))
    if (followers.length === 0) return
    const refused = new Set(followers)
    this.#queue.splice(0, this.#queue.length, ...this.#queue.filter((one) => !refused.has(one)))
    for (const { reject } of followers)
      reject(new LogError('unavailable', 'a record before it was not acknowledged'))
  }

  /** The answer to one that was given up comes too late. */
  #settle(pending: Pending, settle: () => void): void {
    if (pending.settled) return
    pending.settled = true
    clearTimeout(pending.timeout)
    this.#records -= 1
    this.#bytes -= pending.bytes
    settle()
  }
}

/**
 * A partition's records have consecutive offsets, in the order in which they were sent, from the
 * one in its answer.
 * @returns those that no answer was about
 */
function settleAll(batch: readonly Pending[], answers: readonly RecordMetadata[]): Pending[] {
  const failed: Pending[] = []
  const placeOf = (at: { topicName: string; partition: number }): string =>
    `${at.topicName}/${at.partition}`
  const next = new Map(answers.map((answer) => [placeOf(answer), Number(answer.baseOffset)]))
  for (const pending of batch) {
    const { topic, partition, resolve, reject } = pending
    const place = placeOf({ topicName: topic, partition })
    const offset = next.get(place)
    if (offset === undefined) {
      reject(new LogError('unknown', 'the record was not acknowledged'))
      failed.push(pending)
    } else {
      next.set(place, offset + 1)
      resolve({ partition, offset })
    }
  }
  return failed
}

function toMessage({ partition, key, value, headers = {} }: PendingRecord): Message {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return { partition, key, value: bytes, headers }
}

function refused(code: 'too_large' | 'unavailable', message: string): Promise<never> {
  return Promise.reject(new LogError(code, message))
}

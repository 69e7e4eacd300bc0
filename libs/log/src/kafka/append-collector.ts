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
  /** Time that a record waits for others that are sent in the same batch. */
  collectMs?: number
  /** Time after which an append is rejected. */
  timeoutMs?: number
}

const maxRecordBytes = 1024 * 1024
const maxQueuedRecords = 5_000
const maxQueuedBytes = 32 * 1024 * 1024
/**
 * The records of one request to a partition form one batch at the broker. The broker refuses
 * batches above the topic's `max.message.bytes`.
 */
const maxBatchBytes = 1024 * 1024
const maxBatchRecords = 2_000

/**
 * Sends records in the order of their calls, one batch at a time. The next batch is sent when the
 * last one was answered, or when all its retries have failed. With several requests in flight,
 * kafkajs changes the order on a retry. Its `idempotent` mode, which should prevent that, drops
 * acknowledged records when sends overlap (seen on Kafka 3.9 and 4.1), so it is off.
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
      return refused('too_large', `the record has ${bytes} bytes, more than ${maxRecordBytes}`)
    if (this.#closed) return refused('unavailable', 'the log is closed')
    if (!this.writable)
      return refused('unavailable', 'too many appends are waiting, append it again later')
    return new Promise((resolve, reject) => {
      const pending: Pending = {
        ...record,
        bytes,
        sent: false,
        settled: false,
        resolve: (appended) => this.#settle(pending, () => resolve(appended)),
        reject: (error) => this.#settle(pending, () => reject(error)),
        timeout: setTimeout(() => this.#timeOut(pending), this.#timeoutMs),
      }
      this.#records += 1
      this.#bytes += bytes
      this.#queue.push(pending)
      this.#sendSoon()
    })
  }

  /**
   * Sends the queued records and refuses later ones. It takes no longer than the time-out of an
   * append.
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
      // Records that came while the last batch was sent have waited long enough.
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
        // The answer comes from all in-sync replicas.
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

  #timeOut(pending: Pending): void {
    const seconds = this.#timeoutMs / 1000
    if (pending.sent) {
      pending.reject(new LogError('unknown', `the record was not acknowledged within ${seconds} s`))
    } else {
      this.#queue.splice(this.#queue.indexOf(pending), 1)
      pending.reject(new LogError('unavailable', `the record was not sent within ${seconds} s`))
    }
    this.#refuseFollowers([pending])
  }

  /**
   * Records behind a failed record of the same key must not be stored before it. Their appenders
   * try all of them again, in order.
   */
  #refuseFollowers(failed: readonly Pending[]): void {
    if (failed.length === 0) return
    const keys = new Set(failed.map(({ topic, key }) => `${topic} ${key}`))
    const followers = this.#queue.filter(({ topic, key }) => keys.has(`${topic} ${key}`))
    if (followers.length === 0) return
    const refused = new Set(followers)
    this.#queue.splice(0, this.#queue.length, ...this.#queue.filter((one) => !refused.has(one)))
    for (const { reject } of followers)
      reject(new LogError('unavailable', 'an earlier record of its key was not acknowledged'))
  }

  /** Settles a record, unless it has timed out before. */
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
 * Settles the records that the answers name. The records of a partition have consecutive offsets in
 * sending order, from the offset in the partition's answer.
 * @returns the records that no answer names
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

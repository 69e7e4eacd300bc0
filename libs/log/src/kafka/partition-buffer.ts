import { setTimeout as sleep } from 'node:timers/promises'
import {
  type LoggedRecord,
  LogError,
  type PartitionBounds,
  type PartitionHandler,
} from '../message-log.ts'

const batchLimit = { records: 500, bytes: 1024 * 1024 }
/** Above it, the partition is not fetched until half of the buffer is handled. */
const maxBufferedBytes = 4 * 1024 * 1024
const maxBufferedRecords = 5_000
const boundsRetryMs = 500

export interface PartitionBufferOptions {
  partition: number
  generation: number
  handler: PartitionHandler
  /** Resolves when this partition's former buffer in this process has ended. */
  after: Promise<void>
  /** Called again while it rejects with a retryable error. */
  bounds: () => Promise<PartitionBounds>
  keepAlive: () => Promise<void>
  /** Called once, with the offset to fetch from. */
  onStart: (offset: number) => void
  /** Called when a full buffer has room again. */
  onRoom: () => void
  onHalt: (reason: unknown) => void
}

/**
 * One partition of one consumer, from `assigned` to `revoked`. It buffers fetched records, so that
 * fetching never waits for a handler: one fetch brings records of many partitions, and one slow
 * partition would hold up all others.
 */
export class PartitionBuffer {
  readonly partition: number
  /** True when the handler has accepted the partition, false if it never will. Never rejects. */
  readonly begun: Promise<boolean>
  /** Resolves when the handler's `revoked` has ended. Never rejects. */
  readonly ended: Promise<void>
  readonly #options: PartitionBufferOptions
  readonly #stop = new AbortController()
  readonly #buffer: LoggedRecord[] = []
  #bufferedBytes = 0
  #full = false
  #wake: () => void = () => undefined
  /** The offset at which the next fetch must begin; null until `assigned` has returned it. */
  #expected: number | null = null
  #halted = false

  constructor(options: PartitionBufferOptions) {
    this.#options = options
    this.partition = options.partition
    this.#stop.signal.addEventListener('abort', () => this.#wake())
    this.begun = this.#begin()
    this.ended = this.#run()
  }

  /** Null while nothing may be fetched. */
  get expectedOffset(): number | null {
    return this.#stop.signal.aborted || this.#halted ? null : this.#expected
  }

  get full(): boolean {
    return this.#full
  }

  /**
   * Takes the records that a fetch from `expectedOffset` brought, and expects `next` after them.
   */
  accept(records: readonly LoggedRecord[], next: number): void {
    this.#buffer.push(...records)
    this.#bufferedBytes += sizeOf(records)
    this.#expected = next
    this.#full ||=
      this.#bufferedBytes > maxBufferedBytes || this.#buffer.length > maxBufferedRecords
    this.#wake()
  }

  halt(reason: unknown): void {
    if (this.#halted || this.#stop.signal.aborted) return
    this.#halted = true
    this.#buffer.length = 0
    this.#options.onHalt(reason)
    this.#wake()
  }

  /** Aborts the turn, and waits for the batch in progress and for `revoked`. Never rejects. */
  async revoke(): Promise<void> {
    this.#stop.abort()
    await this.ended
  }

  async #run(): Promise<void> {
    if (!(await this.begun)) return
    try {
      await this.#handleBatches()
    } catch (error) {
      this.halt(error)
    }
    await this.#untilAborted()
    // If `revoked` rejects, the handler could not write its progress. Its successor begins at the
    // progress that was written last.
    await this.#options.handler.revoked(this.partition).catch(() => undefined)
  }

  async #begin(): Promise<boolean> {
    await this.#options.after
    try {
      const bounds = await this.#bounds()
      if (bounds === null) return false
      const start = await this.#options.handler.assigned(this.partition, bounds)
      this.#expected = start
      if (!this.#stop.signal.aborted) this.#options.onStart(start)
      return true
    } catch (error) {
      this.halt(error)
      return false
    }
  }

  /** Null if the partition was lost before the log answered. */
  async #bounds(): Promise<PartitionBounds | null> {
    while (!this.#stop.signal.aborted) {
      try {
        return await this.#options.bounds()
      } catch (error) {
        if (!(error instanceof LogError) || !error.retryable) throw error
      }
      await sleep(boundsRetryMs)
    }
    return null
  }

  async #handleBatches(): Promise<void> {
    const { handler, keepAlive, generation } = this.#options
    const { signal } = this.#stop
    while (!signal.aborted && !this.#halted) {
      const records = this.#takeBatch()
      if (records.length === 0) {
        await new Promise<void>((resolve) => (this.#wake = resolve))
        continue
      }
      await handler.batch(this.partition, records, { keepAlive, signal, generation })
      // Between two turns of a busy partition, sockets and timers get their time.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  #takeBatch(): LoggedRecord[] {
    let bytes = 0
    let count = 0
    for (const record of this.#buffer) {
      bytes += record.value.byteLength
      if (count > 0 && (bytes > batchLimit.bytes || count === batchLimit.records)) break
      count += 1
    }
    const batch = this.#buffer.splice(0, count)
    this.#bufferedBytes -= sizeOf(batch)
    const roomy =
      this.#bufferedBytes < maxBufferedBytes / 2 && this.#buffer.length < maxBufferedRecords / 2
    if (this.#full && roomy) {
      this.#full = false
      this.#options.onRoom()
    }
    return batch
  }

  async #untilAborted(): Promise<void> {
    while (!this.#stop.signal.aborted) await new Promise<void>((resolve) => (this.#wake = resolve))
  }
}

function sizeOf(records: readonly LoggedRecord[]): number {
  return records.reduce((sum, record) => sum + record.value.byteLength, 0)
}

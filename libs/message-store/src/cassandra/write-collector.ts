import { errors, types } from 'cassandra-driver'
import { StoreError } from '../message-store.ts'
import { bytesOf } from './partition-batches.ts'
import type { Statement } from './statement.ts'

// A node warns of a batch over several partitions from 5 KiB or eleven partitions on, and refuses
// it from 50 KiB on.
const maxBundleBytes = 4_500
const maxBundlePartitions = 10
// More requests at once would only queue on the node. Here waiting writes can still be refused.
const requestsAtOnce = 16
const maxWaiting = 20_000
const maxWaitMs = 2_500

/** The statements of one Cassandra partition, written as one mutation. */
type PartitionBatch = readonly Statement[]

interface Waiting {
  batch: PartitionBatch
  bytes: number
  sinceMs: number
  done: () => void
  failed: (error: unknown) => void
}

/**
 * Sends small writes together: writes of one turn of the event loop, and writes that come while the
 * allowed number of requests is under way, share requests. On the wire a request costs far more
 * than a row. The statements of a partition stay one atomic mutation; those of a request are not
 * atomic.
 */
export class WriteCollector {
  readonly #send: (statements: readonly Statement[]) => Promise<void>
  readonly #queue: Waiting[] = []
  #running = 0
  #scheduled = false

  constructor(send: (statements: readonly Statement[]) => Promise<void>) {
    this.#send = send
  }

  /**
   * @throws what `send` throws; StoreError `unavailable`: too many writes wait, or this one waited
   *   too long and was not begun
   */
  write(batch: PartitionBatch): Promise<void> {
    if (this.#queue.length >= maxWaiting) return Promise.reject(overloaded())
    return new Promise((done, failed) => {
      this.#queue.push({ batch, bytes: bytesOf(batch), sinceMs: performance.now(), done, failed })
      if (this.#scheduled) return
      this.#scheduled = true
      setImmediate(() => {
        this.#scheduled = false
        this.#begin()
      })
    })
  }

  #begin(): void {
    while (this.#running < requestsAtOnce && this.#queue.length > 0) {
      const bundle = this.#take()
      if (bundle.length > 0) void this.#run(bundle)
    }
  }

  #take(): Waiting[] {
    const oldest = performance.now() - maxWaitMs
    let bytes = 0
    let count = 0
    const bundle: Waiting[] = []
    for (const waiting of this.#queue) {
      const fits = bytes + waiting.bytes <= maxBundleBytes && bundle.length < maxBundlePartitions
      if (bundle.length > 0 && !fits) break
      count += 1
      if (waiting.sinceMs < oldest) {
        waiting.failed(overloaded())
        continue
      }
      bundle.push(waiting)
      bytes += waiting.bytes
    }
    this.#queue.splice(0, count)
    return bundle
  }

  async #run(bundle: readonly Waiting[]): Promise<void> {
    this.#running += 1
    try {
      await this.#send(bundle.flatMap(({ batch }) => batch))
      for (const { done } of bundle) done()
    } catch (error) {
      // A write that a node refuses must not fail its neighbours.
      if (bundle.length > 1 && isRefusal(error)) await this.#runAlone(bundle)
      else for (const { failed } of bundle) failed(error)
    } finally {
      this.#running -= 1
      this.#begin()
    }
  }

  async #runAlone(bundle: readonly Waiting[]): Promise<void> {
    for (const { batch, done, failed } of bundle) {
      try {
        await this.#send(batch)
        done()
      } catch (error) {
        failed(error)
      }
    }
  }
}

/**
 * True if the request itself is wrong and would fail again. A time-out, or a node that is away, is
 * no refusal.
 */
function isRefusal(error: unknown): boolean {
  if (error instanceof TypeError) return true
  return error instanceof errors.ResponseError && error.code >= types.responseErrorCodes.syntaxError
}

function overloaded(): StoreError {
  return new StoreError('unavailable', 'too many writes wait for the store')
}

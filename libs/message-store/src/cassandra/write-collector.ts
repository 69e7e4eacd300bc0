import { errors, types } from 'cassandra-driver'
import { StoreError } from '../message-store.ts'
import { bytesOf } from './partition-batches.ts'
import type { Statement } from './statement.ts'

// For a batch over several partitions, a node logs a warning from 5 KiB or eleven partitions on. It
// refuses such a batch from 50 KiB on.
const maxBundleBytes = 4_500
const maxBundlePartitions = 10
// More concurrent requests would only queue on the node. A write that waits here can still be
// refused.
const maxRequests = 16
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
 * Sends small writes together, because a request costs far more than a row. Writes of one turn of
 * the event loop share a request, and so do writes that come while 16 requests are in flight. The
 * statements of one Cassandra partition are one atomic mutation. Those of a whole request are not
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
   * @throws the error of `send`; StoreError `unavailable`: too many writes wait, or this one waited
   *   too long and was not sent
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
    while (this.#running < maxRequests && this.#queue.length > 0) {
      const bundle = this.#takeBundle()
      if (bundle.length > 0) void this.#run(bundle)
    }
  }

  #takeBundle(): Waiting[] {
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
 * True if the request itself is wrong and would fail again. A time-out, or a node that is down, is
 * no refusal.
 */
function isRefusal(error: unknown): boolean {
  if (error instanceof TypeError) return true
  return error instanceof errors.ResponseError && error.code >= types.responseErrorCodes.syntaxError
}

function overloaded(): StoreError {
  return new StoreError('unavailable', 'too many writes wait for the store, try again later')
}

import { errors, types } from 'cassandra-driver'
import { StoreError } from '../message-store.ts'
import { bytesOf } from './partition-batches.ts'
import type { Statement } from './statement.ts'

// A node warns of a batch over several partitions from 5 KiB or eleven partitions on, and refuses
// it from 50 KiB on.
const maxBundleBytes = 4_500
const maxBundlePartitions = 10
// More at once would only queue on the node; what waits here can still be refused.
const requestsAtOnce = 16
const maxWaiting = 20_000
const maxWaitMs = 2_500

/** The statements of one Cassandra partition, which are written as one. */
type PartitionBatch = readonly Statement[]

interface Waiting {
  batch: PartitionBatch
  bytes: number
  sinceMs: number
  done: () => void
  failed: (error: unknown) => void
}

/**
 * Sends writes, small ones together: what is asked for in one turn of the event loop, or while as
 * many requests as allowed are under way, shares requests. On the wire a request costs far more
 * than a row. The statements of a partition stay one mutation, so they are atomic as before; those
 * of a request are not.
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
   * @throws what `send` throws; StoreError `unavailable`: too much waits, or it had to wait for too
   * long and was not begun
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
      // One that a node refuses must not take its neighbours along.
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
 * What is wrong with the request itself, and would be again: neither a time-out nor a node that is
 * away.
 */
function isRefusal(error: unknown): boolean {
  if (error instanceof TypeError) return true
  return error instanceof errors.ResponseError && error.code >= types.responseErrorCodes.syntaxError
}

function overloaded(): StoreError {
  return new StoreError('unavailable', 'too many writes wait for the store')
}

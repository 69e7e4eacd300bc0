import type { LoggedRecord, PartitionBounds, PartitionHandler } from '../message-log.ts'

/** The parts of the log that a consumer uses. */
export interface RecordSource {
  bounds(partition: number): PartitionBounds
  /** The records of one batch, beginning at offset `from`. */
  readBatch(partition: number, from: number): LoggedRecord[]
  /** Resolves at the next append to the partition, or at the next `wake`. */
  appended(partition: number): Promise<void>
  /** Wakes the consumers of the partition, because one of them was told to stop. */
  wake(partition: number): void
}

/** One partition of one consumer, from `assigned` to `revoked`. */
export class PartitionConsumer {
  readonly #partition: number
  readonly #handler: PartitionHandler
  readonly #source: RecordSource
  readonly #generation: () => number
  readonly #halted: Map<number, unknown>
  readonly #stop = new AbortController()
  readonly #ended: Promise<void>
  #assigned = false

  constructor(options: {
    partition: number
    handler: PartitionHandler
    source: RecordSource
    generation: () => number
    halted: Map<number, unknown>
  }) {
    this.#partition = options.partition
    this.#handler = options.handler
    this.#source = options.source
    this.#generation = options.generation
    this.#halted = options.halted
    this.#halted.delete(this.#partition)
    this.#ended = this.#runUntilHalted()
  }

  /** Aborts the turn, waits for the batch in progress, then calls `revoked`. Never rejects. */
  async revoke(): Promise<void> {
    this.#stop.abort()
    this.#source.wake(this.#partition)
    await this.#ended
    if (!this.#assigned) return
    try {
      await this.#handler.revoked(this.#partition)
    } catch (error) {
      this.#halted.set(this.#partition, error)
    }
  }

  async #runUntilHalted(): Promise<void> {
    try {
      await this.#run()
    } catch (error) {
      this.#halted.set(this.#partition, error)
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    let next = await this.#handler.assigned(this.#partition, this.#source.bounds(this.#partition))
    this.#assigned = true
    while (!signal.aborted) {
      const records = this.#source.readBatch(this.#partition, next)
      const last = records.at(-1)
      if (last === undefined) await this.#source.appended(this.#partition)
      else {
        await this.#handler.batch(this.#partition, records, {
          keepAlive: () => Promise.resolve(),
          signal,
          generation: this.#generation(),
        })
        next = last.offset + 1
        // Between two turns of a busy partition, sockets and timers get their time.
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }
}

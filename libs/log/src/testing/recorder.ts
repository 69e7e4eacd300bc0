import type { LoggedRecord, PartitionBounds, PartitionHandler, Turn } from '../message-log.ts'

/** A handler that records its calls, and lets a test wait for them. */
export class Recorder implements PartitionHandler {
  readonly calls: string[] = []
  readonly batches: (readonly LoggedRecord[])[] = []
  readonly generations: number[] = []
  /** A test may replace it before the partition is assigned. */
  onAssigned: (partition: number, bounds: PartitionBounds) => Promise<number> = async (
    _partition,
    bounds,
  ) => bounds.start
  onBatch: (partition: number, records: readonly LoggedRecord[], turn: Turn) => Promise<void> =
    async () => undefined
  readonly #waiting = new Set<() => void>()

  async assigned(partition: number, bounds: PartitionBounds): Promise<number> {
    this.#note(`assigned ${partition}`)
    return this.onAssigned(partition, bounds)
  }

  async batch(partition: number, records: readonly LoggedRecord[], turn: Turn): Promise<void> {
    this.batches.push(records)
    this.generations.push(turn.generation)
    this.#note(`batch ${partition}`)
    await this.onBatch(partition, records, turn)
    this.#note(`done ${partition}`)
  }

  async revoked(partition: number): Promise<void> {
    this.#note(`revoked ${partition}`)
  }

  get records(): LoggedRecord[] {
    return this.batches.flat()
  }

  get keys(): string[] {
    return this.records.map((record) => record.key)
  }

  count(call: string): number {
    return this.calls.filter((each) => each === call).length
  }

  /** The partitions that are assigned and not revoked. */
  get holds(): number[] {
    const held = new Set<number>()
    for (const call of this.calls) {
      const [what, partition] = call.split(' ')
      if (what === 'assigned') held.add(Number(partition))
      if (what === 'revoked') held.delete(Number(partition))
    }
    return [...held].sort((a, b) => a - b)
  }

  /**
   * Resolves when the condition holds. It is checked after every call to this recorder or the
   * others. The test's time-out is the bound.
   */
  async until(condition: () => boolean, ...others: Recorder[]): Promise<void> {
    while (!condition()) {
      await Promise.race([this, ...others].map((recorder) => recorder.#nextCall()))
    }
  }

  #nextCall(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve))
  }

  #note(call: string): void {
    this.calls.push(call)
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}

/** A promise that is settled from outside. */
export class Gate {
  readonly opened: Promise<void>
  #open: () => void = () => undefined

  constructor() {
    this.opened = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  open(): void {
    this.#open()
  }
}

interface Waiting<In, Out> {
  item: In
  resolve: (answer: Out) => void
  reject: (error: unknown) => void
}

export interface TurnBatchOptions<In, Out> {
  /** Returns the answers in the order of its batch. */
  work: (batch: readonly In[]) => Promise<readonly Out[]>
  weigh: (item: In) => number
  /** The highest weight of a batch. One item alone may exceed it. */
  maxWeight: number
}

/**
 * Joins the requests of one turn of the event loop into batches. The callers bound the number of
 * requests.
 */
export class TurnBatch<In, Out> {
  readonly #options: TurnBatchOptions<In, Out>
  #waiting: Waiting<In, Out>[] = []

  constructor(options: TurnBatchOptions<In, Out>) {
    this.#options = options
  }

  add(item: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      if (this.#waiting.length === 1) setImmediate(() => this.#begin())
    })
  }

  #begin(): void {
    const { weigh, maxWeight } = this.#options
    const waiting = this.#waiting
    this.#waiting = []
    let batch: Waiting<In, Out>[] = []
    let weight = 0
    for (const each of waiting) {
      const more = weigh(each.item)
      if (batch.length > 0 && weight + more > maxWeight) {
        void this.#run(batch)
        batch = []
        weight = 0
      }
      batch.push(each)
      weight += more
    }
    void this.#run(batch)
  }

  async #run(batch: readonly Waiting<In, Out>[]): Promise<void> {
    try {
      const answers = await this.#options.work(batch.map(({ item }) => item))
      for (const [i, { resolve }] of batch.entries()) resolve(answers[i] as Out)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
}

interface Asked<In, Out> {
  what: In
  resolve: (answer: Out) => void
  reject: (error: unknown) => void
}

export interface TurnBatchOptions<In, Out> {
  /** Returns the answers in the order of its batch. */
  work: (batch: readonly In[]) => Promise<readonly Out[]>
  weigh: (what: In) => number
  /** The highest weight of a batch. One item alone may exceed it. */
  most: number
}

/** Joins the requests of one turn of the event loop into one. Callers bound their number. */
export class TurnBatch<In, Out> {
  readonly #options: TurnBatchOptions<In, Out>
  #asked: Asked<In, Out>[] = []

  constructor(options: TurnBatchOptions<In, Out>) {
    this.#options = options
  }

  add(what: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ what, resolve, reject })
      if (this.#asked.length === 1) setImmediate(() => this.#begin())
    })
  }

  #begin(): void {
    const { weigh, most } = this.#options
    const asked = this.#asked
    this.#asked = []
    let batch: Asked<In, Out>[] = []
    let weight = 0
    for (const each of asked) {
      const more = weigh(each.what)
      if (batch.length > 0 && weight + more > most) {
        void this.#run(batch)
        batch = []
        weight = 0
      }
      batch.push(each)
      weight += more
    }
    void this.#run(batch)
  }

  async #run(batch: readonly Asked<In, Out>[]): Promise<void> {
    try {
      const answers = await this.#options.work(batch.map(({ what }) => what))
      for (const [i, { resolve }] of batch.entries()) resolve(answers[i] as Out)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
}

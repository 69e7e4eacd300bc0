import type { LoggedRecord } from '../message-log.ts'

const maxRecords = 256
const maxBytes = 4 * 1024 * 1024

/**
 * The newest records of a partition, in memory, so that a consumer that keeps up reads nothing from
 * the disk. It holds every record from its first offset to the partition's end.
 */
export class Tail {
  #records: LoggedRecord[] = []
  /** Index of the oldest record that is held. */
  #head = 0
  /** Every record at or above this offset is held. */
  #from: number
  #bytes = 0

  constructor(from: number) {
    this.#from = from
  }

  push(record: LoggedRecord): void {
    this.#records.push(record)
    this.#bytes += record.value.byteLength
    while (this.#records.length - this.#head > maxRecords || this.#bytes > maxBytes) this.#drop()
  }

  /** Forgets all records, and holds those that are pushed from this offset on. */
  clear(from: number): void {
    this.#records = []
    this.#head = this.#bytes = 0
    this.#from = from
  }

  /** The records at or above `offset`; null if some of them may be older than those held here. */
  from(offset: number): LoggedRecord[] | null {
    if (offset < this.#from) return null
    let index = this.#records.length
    while (index > this.#head && (this.#records[index - 1]?.offset ?? 0) >= offset) index -= 1
    return this.#records.slice(index)
  }

  #drop(): void {
    const oldest = this.#records[this.#head]
    if (oldest === undefined) return
    this.#bytes -= oldest.value.byteLength
    this.#from = oldest.offset + 1
    this.#head += 1
    if (this.#head < maxRecords) return
    this.#records = this.#records.slice(this.#head)
    this.#head = 0
  }
}

import { blobToText, type Database, Statements, textToBlob } from '@rookery/sqlite'
import type { LoggedRecord, PartitionBounds } from '../message-log.ts'
import { Tail } from './tail.ts'

/** Where a read stops: at this many records or bytes, but never before the first record. */
export interface ReadLimit {
  records: number
  bytes: number
}
interface Row {
  offset: number
  timestamp_ms: number
  key: Uint8Array
  value: Uint8Array
}
interface Partition {
  /** The offset that the next record gets. */
  next: number
  timestampMs: number
  /** The end for readers: records from here on may not be on the disk yet. */
  end: number
  readonly tail: Tail
}

/** The records of all partitions, and the end of each. Readers see what is on the disk. */
export class RecordTable {
  readonly #statements: Statements
  readonly #readFrom: ReturnType<Database['prepare']>
  readonly #now: () => number
  readonly #partitions: Partition[]

  constructor(db: Database, partitionCount: number, now: () => number) {
    this.#statements = new Statements(db)
    this.#readFrom = db.prepare(
      `SELECT offset, timestamp_ms, key, value FROM records
       WHERE partition = ? AND offset >= ? AND offset < ? ORDER BY offset LIMIT ?`,
    )
    this.#now = now
    this.#partitions = Array.from({ length: partitionCount }, (_, partition) => {
      const last = this.#statements.get<{ offset: number; timestamp_ms: number }>(
        'SELECT offset, timestamp_ms FROM records WHERE partition = ? ORDER BY offset DESC LIMIT 1',
        partition,
      )
      const next = (last?.offset ?? -1) + 1
      return { next, timestampMs: last?.timestamp_ms ?? 0, end: next, tail: new Tail(next) }
    })
  }

  /**
   * To be run inside a commit; `stored` follows when it is on the disk. Should the commit fail, its
   * offsets are not given out again: whether it failed is not known for sure, and offsets may have
   * gaps.
   */
  append(partition: number, key: string, value: Uint8Array): LoggedRecord {
    const of = this.#of(partition)
    const offset = of.next
    of.next += 1
    of.timestampMs = Math.max(of.timestampMs, this.#now())
    this.#statements.run(
      'INSERT INTO records (partition, offset, timestamp_ms, key, value) VALUES (?, ?, ?, ?, ?)',
      partition,
      offset,
      of.timestampMs,
      textToBlob(key),
      value,
    )
    return { partition, offset, timestampMs: of.timestampMs, key, value }
  }

  /** To be called in the order of the offsets. */
  stored(record: LoggedRecord): void {
    const of = this.#of(record.partition)
    // An append that failed in between may be on the disk after all.
    if (record.offset !== of.end) of.tail.clear(record.offset)
    of.tail.push(record)
    of.end = record.offset + 1
  }

  read(partition: number, from: number, limit: ReadLimit): LoggedRecord[] {
    const { end, tail } = this.#of(partition)
    const source = tail.from(from) ?? this.#rows(partition, from, end, limit.records)
    const records: LoggedRecord[] = []
    let bytes = 0
    // One by one, because how many make up `limit.bytes` shows only on the way.
    for (const record of source) {
      bytes += record.value.byteLength
      if (records.length > 0 && bytes > limit.bytes) break
      records.push(record)
      if (records.length === limit.records) break
    }
    return records
  }

  bounds(partition: number): PartitionBounds {
    const { end } = this.#of(partition)
    const first = this.#statements.get<{ offset: number }>(
      'SELECT offset FROM records WHERE partition = ? AND offset < ? ORDER BY offset LIMIT 1',
      partition,
      end,
    )
    return { start: first?.offset ?? end, end }
  }

  *#rows(partition: number, from: number, end: number, limit: number): Iterable<LoggedRecord> {
    for (const row of this.#readFrom.iterate(partition, from, end, limit) as Iterable<Row>)
      yield {
        partition,
        offset: row.offset,
        timestampMs: row.timestamp_ms,
        key: blobToText(row.key),
        value: row.value,
      }
  }

  #of(partition: number): Partition {
    const of = this.#partitions[partition]
    if (of === undefined) throw new RangeError(`there is no partition ${partition}`)
    return of
  }
}

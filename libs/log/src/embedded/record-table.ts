import { blobToText, type Database, Statements, textToBlob } from '@rookery/sqlite'
import type { Appended, LoggedRecord, PartitionBounds } from '../message-log.ts'

/** Where a read stops: after so many records or bytes, but never before the first record. */
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

/** The records of all partitions, and the end of each. */
export class RecordTable {
  readonly #statements: Statements
  readonly #readFrom: ReturnType<Database['prepare']>
  readonly #now: () => number
  readonly #ends: { next: number; timestampMs: number }[]

  constructor(db: Database, partitionCount: number, now: () => number) {
    this.#statements = new Statements(db)
    this.#readFrom = db.prepare(
      `SELECT offset, timestamp_ms, key, value FROM records
       WHERE partition = ? AND offset >= ? ORDER BY offset LIMIT ?`,
    )
    this.#now = now
    this.#ends = Array.from({ length: partitionCount }, (_, partition) => {
      const last = this.#statements.get<{ offset: number; timestamp_ms: number }>(
        'SELECT offset, timestamp_ms FROM records WHERE partition = ? ORDER BY offset DESC LIMIT 1',
        partition,
      )
      return { next: (last?.offset ?? -1) + 1, timestampMs: last?.timestamp_ms ?? 0 }
    })
  }

  /**
   * To be run inside a commit. Should the commit fail, its offsets are not given out again: whether
   * it failed is not known for sure, and offsets may have gaps.
   */
  append(partition: number, key: string, value: Uint8Array): Appended {
    const end = this.#end(partition)
    const offset = end.next
    end.next += 1
    end.timestampMs = Math.max(end.timestampMs, this.#now())
    this.#statements.run(
      'INSERT INTO records (partition, offset, timestamp_ms, key, value) VALUES (?, ?, ?, ?, ?)',
      partition,
      offset,
      end.timestampMs,
      textToBlob(key),
      value,
    )
    return { partition, offset }
  }

  read(partition: number, from: number, limit: ReadLimit): LoggedRecord[] {
    // Row by row, because how many make up `limit.bytes` shows only on the way.
    const rows = this.#readFrom.iterate(partition, from, limit.records) as Iterable<Row>
    const records: LoggedRecord[] = []
    let bytes = 0
    for (const row of rows) {
      bytes += row.value.byteLength
      if (records.length > 0 && bytes > limit.bytes) break
      records.push({
        partition,
        offset: row.offset,
        timestampMs: row.timestamp_ms,
        key: blobToText(row.key),
        value: row.value,
      })
    }
    return records
  }

  bounds(partition: number): PartitionBounds {
    const end = this.#end(partition).next
    const first = this.#statements.get<{ offset: number }>(
      'SELECT offset FROM records WHERE partition = ? ORDER BY offset LIMIT 1',
      partition,
    )
    return { start: first?.offset ?? end, end }
  }

  #end(partition: number): { next: number; timestampMs: number } {
    const end = this.#ends[partition]
    if (end === undefined) throw new RangeError(`there is no partition ${partition}`)
    return end
  }
}

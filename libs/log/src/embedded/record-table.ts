import { blobToText, type Database, Statements, textToBlob } from '@rookery/sqlite'
import type { LoggedRecord, PartitionBounds } from '../message-log.ts'
import { Tail } from './tail.ts'

/** The most records and bytes that a read returns. It always returns the first record, if any. */
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

/**
 * The records of all partitions, and the end of each. Readers see only records that are on the
 * disk.
 */
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
   * Runs inside a commit. The caller calls `stored` when the commit is on the disk. If the commit
   * fails, its offsets are not used again, because its records may be on the disk all the same.
   */
  append(partition: number, key: string, value: Uint8Array): LoggedRecord {
    const state = this.#state(partition)
    const offset = state.next
    state.next += 1
    state.timestampMs = Math.max(state.timestampMs, this.#now())
    this.#statements.run(
      'INSERT INTO records (partition, offset, timestamp_ms, key, value) VALUES (?, ?, ?, ?, ?)',
      partition,
      offset,
      state.timestampMs,
      textToBlob(key),
      value,
    )
    return { partition, offset, timestampMs: state.timestampMs, key, value }
  }

  /** Shows a record that is on the disk to readers. Called in the order of the offsets. */
  stored(record: LoggedRecord): void {
    const state = this.#state(record.partition)
    // The records of a failed commit in between may be on the disk after all.
    if (record.offset !== state.end) state.tail.clear(record.offset)
    state.tail.push(record)
    state.end = record.offset + 1
  }

  read(partition: number, from: number, limit: ReadLimit): LoggedRecord[] {
    const { end, tail } = this.#state(partition)
    const source = tail.from(from) ?? this.#rows(partition, from, end, limit.records)
    const records: LoggedRecord[] = []
    let bytes = 0
    // One by one, because the sizes of the records are not known before they are read.
    for (const record of source) {
      bytes += record.value.byteLength
      if (records.length > 0 && bytes > limit.bytes) break
      records.push(record)
      if (records.length === limit.records) break
    }
    return records
  }

  bounds(partition: number): PartitionBounds {
    const { end } = this.#state(partition)
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

  #state(partition: number): Partition {
    const state = this.#partitions[partition]
    if (state === undefined) throw new RangeError(`the log has no partition ${partition}`)
    return state
  }
}

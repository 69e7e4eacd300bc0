import { PortError } from '@rookery/service-kit'

/**
 * The channel log: one totally ordered stream of records per partition, durable before `append`
 * resolves. Offsets are integers below 2^43 and may have gaps.
 */
export interface MessageLog {
  readonly epoch: LogEpoch
  readonly partitionCount: number
  partitionOf(key: string): number

  /**
   * Stores one record, and resolves when it is durable. Records of one process with the same key
   * keep their call order, also when an append before them failed and is tried again: those of its
   * key that wait behind it fail with it. At least once: a rejection with code `unknown` may have
   * been stored.
   * @throws LogError `unavailable` (not stored: the queue is full or the log is away), `unknown`
   * (may be stored), `too_large`
   */
  append(key: string, value: Uint8Array): Promise<Appended>

  /** False while the append queue is full: callers refuse new work before they queue it. */
  readonly writable: boolean

  /**
   * Joins a consumer group. Each partition is handed to exactly one live consumer of the group at a
   * time as far as the group knows; a frozen one may still believe that it owns a partition (the
   * fold tolerates that).
   */
  consume(group: string, handler: PartitionHandler): Promise<Consumption>

  /** Sets a record that is no valid channel record aside, with its place and why. At least once. */
  deadLetter(at: { epoch: number } & LoggedRecord, reason: string): Promise<void>
  /**
   * Bounded read for checks, refold and audit: up to `limit` records with offset ≥ `from`,
   * ascending.
   */
  read(partition: number, from: number, limit: number): Promise<LoggedRecord[]>
  bounds(partition: number): Promise<PartitionBounds>
  topology(): Promise<LogTopology>
  close(): Promise<void>
}

/**
 * Names one life of the log. Store and log carry the same, and a client drops its cache when it
 * changes.
 */
export interface LogEpoch {
  installId: string
  /** 1 at first, one more each time the log is made anew. */
  number: number
}

export interface Appended {
  partition: number
  offset: number
}

export interface LoggedRecord {
  partition: number
  offset: number
  /** Assigned by the log, never by the appender; milliseconds since 1970. */
  timestampMs: number
  key: string
  value: Uint8Array
}

/** `start` is the first offset that is still there, `end` the one the next record will get. */
export interface PartitionBounds {
  start: number
  end: number
}

export interface PartitionHandler {
  /**
   * Called once per hand-over, before its first batch. Resolves with the offset to start at (the
   * handler keeps its own progress; the group's commits are only for operators to see). A rejection
   * halts this partition, and is reported by `Consumption.halted`.
   */
  assigned(partition: number, bounds: PartitionBounds): Promise<number>
  /**
   * One run of consecutive records of a partition, never empty. The next batch of this partition
   * comes after it resolves; other partitions go on meanwhile. A rejection halts the partition.
   */
  batch(partition: number, records: readonly LoggedRecord[], turn: Turn): Promise<void>
  /** The partition goes to someone else, or the consumer closes: last chance to write progress. */
  revoked(partition: number): Promise<void>
}

export interface Turn {
  /**
   * Tells the group that this consumer lives; to be called at least every second while a batch
   * waits on something. Rejects only when `signal` has aborted.
   */
  keepAlive(): Promise<void>
  /** Aborts when the partition is lost; writing on is harmless, waiting on is useless. */
  readonly signal: AbortSignal
  /** Grows with every change of the group. */
  readonly generation: number
}

export interface Consumption {
  /**
   * Notes that everything below `next` is done. Shown to operators as lag; never where a successor
   * starts.
   */
  commit(partition: number, next: number): Promise<void>
  /** Partitions that stopped because their handler rejected, and why. */
  readonly halted: ReadonlyMap<number, unknown>
  /** Leaves the group, after `revoked` of each partition. */
  close(): Promise<void>
}

export interface LogTopology {
  brokers: { id: string; host: string; controller: boolean }[]
  partitions: { partition: number; leader: string; inSync: string[]; end: number }[]
  groups: { group: string; partition: number; consumer: string; lag: number }[]
}

export type LogErrorCode = 'unavailable' | 'unknown' | 'too_large' | 'mismatch'

export class LogError extends PortError<LogErrorCode> {
  override readonly name = 'LogError'

  get retryable(): boolean {
    return this.code === 'unavailable' || this.code === 'unknown'
  }
}

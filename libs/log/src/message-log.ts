import { PortError } from '@rookery/service-kit'

/**
 * The channel log: one totally ordered stream of records per partition, durable before `append`
 * resolves. Offsets are integers below 2^43 and may have gaps. Example: 0, 1, 2, 5.
 */
export interface MessageLog {
  readonly epoch: LogEpoch
  readonly partitionCount: number
  partitionOf(key: string): number

  /**
   * Stores one record, and resolves when it is durable. Records of one process with the same key
   * keep their call order. If one of them fails, the records of its key that wait behind it fail
   * too, so the caller can append all of them again in order. At least once: a record whose append
   * was rejected with `unknown` may have been stored.
   * @throws LogError `unavailable` (not stored: the queue is full, or the log cannot be reached),
   *   `unknown` (may be stored), `too_large`
   */
  append(key: string, value: Uint8Array): Promise<Appended>

  /** False while the append queue is full. Callers then refuse new work before they queue it. */
  readonly writable: boolean

  /**
   * Joins a consumer group. As far as the group knows, each partition belongs to exactly one live
   * consumer at a time. A frozen consumer may still believe that it owns a partition; the fold
   * tolerates that.
   */
  consume(group: string, handler: PartitionHandler): Promise<Consumption>

  /** Sets an invalid record aside, with its log position and the reason. At least once. */
  deadLetter(at: { epoch: number } & LoggedRecord, reason: string): Promise<void>
  /**
   * Reads up to `limit` records with offset ≥ `from`, ascending. For checks, refolds and audits.
   */
  read(partition: number, from: number, limit: number): Promise<LoggedRecord[]>
  bounds(partition: number): Promise<PartitionBounds>
  topology(): Promise<LogTopology>
  close(): Promise<void>
}

/**
 * Names one life of the log. The store and the log carry the same epoch, and a client drops its
 * cache when it changes. Example: the topic of epoch 1 is lost and a new one is accepted; the new
 * log is epoch 2, and its offsets begin at 0 again.
 */
export interface LogEpoch {
  installId: string
  /** 1 for the first log, one more for each recreated log. */
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

/**
 * `start` is the first offset that is still stored, `end` the offset that the next record gets.
 * Example: records 5, 6 and 9 are stored; start is 5, end is 10.
 */
export interface PartitionBounds {
  start: number
  end: number
}

export interface PartitionHandler {
  /**
   * Called once per hand-over, before the first batch. Resolves with the offset to start at. The
   * handler keeps its own progress; the group's commits are only shown to operators. A rejection
   * halts this partition, and is reported by `Consumption.halted`.
   */
  assigned(partition: number, bounds: PartitionBounds): Promise<number>
  /**
   * Handles a run of consecutive records of a partition, never empty. The partition's next batch
   * comes after it has resolved, while other partitions continue. A rejection halts the partition.
   */
  batch(partition: number, records: readonly LoggedRecord[], turn: Turn): Promise<void>
  /**
   * The partition goes to another consumer, or this one closes. It is the last chance to write
   * progress.
   */
  revoked(partition: number): Promise<void>
}

export interface Turn {
  /**
   * Tells the group that this consumer is alive. A handler calls it at least every second while a
   * batch waits. It rejects only after `signal` has aborted.
   */
  keepAlive(): Promise<void>
  /**
   * Aborts when the partition is lost. The handler may finish its writes, but should not wait any
   * longer.
   */
  readonly signal: AbortSignal
  /**
   * Rises with every change of the group. Example: of two consumers that both believe that they own
   * a partition, in generations 7 and 8, the one in 8 is the owner.
   */
  readonly generation: number
}

export interface Consumption {
  /**
   * Notes that every record below `next` is done. Operators see the records above as lag. A
   * successor does not start there, but at the offset that its `assigned` returns.
   */
  commit(partition: number, next: number): Promise<void>
  /** The partitions whose handler rejected, with the reasons. */
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

import {
  closeDatabase,
  type Database,
  GroupCommit,
  migrate,
  openDatabase,
  Statements,
  textToBlob,
} from '@rookery/sqlite'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Appended,
  type Consumption,
  type LogEpoch,
  LogError,
  type LoggedRecord,
  type LogTopology,
  type MessageLog,
  type PartitionBounds,
  type PartitionHandler,
} from '../message-log.ts'
import { partitionOfKey } from '../murmur2.ts'
import { AppendQueue } from './append-queue.ts'
import { AppendSignals } from './append-signals.ts'
import { ConsumerGroup, type GroupMember } from './consumer-group.ts'
import { type Install, readInstall } from './install.ts'
import { RecordTable } from './record-table.ts'
import { schema } from './schema.ts'

const maxReadBytes = 64 * 1024 * 1024
const batchLimit = { records: 500, bytes: 1024 * 1024 }
const broker = 'embedded'

export interface EmbeddedLogOptions {
  /**
   * The folder of `log.db`. Both are created if they are missing. One process at a time uses it
   * (see `lockFolder`).
   */
  folder: string
  /** 4 by default. It never changes after the log was created. */
  partitionCount?: number
  now?: () => number
}

/** @throws LogError `mismatch`: the log was created with another partition count */
export async function openEmbeddedLog({
  folder,
  partitionCount,
  now = Date.now,
}: EmbeddedLogOptions): Promise<MessageLog> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const db = openDatabase(join(folder, 'log.db'))
  try {
    migrate(db, schema)
    return new EmbeddedLog(db, readInstall(new Statements(db), partitionCount), now)
  } catch (error) {
    db.close()
    throw error
  }
}

class EmbeddedLog implements MessageLog {
  readonly epoch: LogEpoch
  readonly partitionCount: number
  readonly #db: Database
  readonly #statements: Statements
  readonly #commits: GroupCommit
  readonly #records: RecordTable
  readonly #appends: AppendQueue
  readonly #signals = new AppendSignals()
  readonly #groups = new Map<string, ConsumerGroup>()
  readonly #consumptions = new Set<() => Promise<void>>()
  #joined = 0
  #closed = false

  constructor(db: Database, { epoch, partitionCount }: Install, now: () => number) {
    this.epoch = epoch
    this.partitionCount = partitionCount
    this.#db = db
    this.#statements = new Statements(db)
    this.#commits = new GroupCommit(db)
    this.#records = new RecordTable(db, partitionCount, now)
    this.#appends = new AppendQueue(this.#commits)
  }

  partitionOf(key: string): number {
    return partitionOfKey(key, this.partitionCount)
  }

  get writable(): boolean {
    return this.#appends.writable
  }

  async append(key: string, value: Uint8Array): Promise<Appended> {
    const partition = this.partitionOf(key)
    const record = await this.#appends.run(value.byteLength, () =>
      this.#records.append(partition, key, value),
    )
    this.#records.stored(record)
    this.#signals.fire(partition)
    return { partition, offset: record.offset }
  }

  async consume(groupName: string, handler: PartitionHandler): Promise<Consumption> {
    this.#mustBeOpen()
    const group = this.#group(groupName)
    this.#joined += 1
    const member: GroupMember = {
      id: `consumer-${String(this.#joined).padStart(6, '0')}`,
      handler,
      halted: new Map(),
    }
    group.join(member)
    const close = async (): Promise<void> => {
      if (this.#consumptions.delete(close)) await group.leave(member)
    }
    this.#consumptions.add(close)
    return {
      commit: (partition, next) => this.#commit(groupName, partition, next),
      halted: member.halted,
      close,
    }
  }

  async deadLetter(at: { epoch: number } & LoggedRecord, reason: string): Promise<void> {
    await this.#write(() =>
      this.#statements.run(
        `INSERT INTO dead_letters (epoch, partition, offset, timestamp_ms, key, value, reason)
         VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        at.epoch,
        at.partition,
        at.offset,
        at.timestampMs,
        textToBlob(at.key),
        at.value,
        reason,
      ),
    )
  }

  async read(partition: number, from: number, limit: number): Promise<LoggedRecord[]> {
    this.#mustBeOpen()
    return this.#records.read(partition, from, { records: limit, bytes: maxReadBytes })
  }

  async bounds(partition: number): Promise<PartitionBounds> {
    this.#mustBeOpen()
    return this.#records.bounds(partition)
  }

  async topology(): Promise<LogTopology> {
    this.#mustBeOpen()
    const ends = Array.from(
      { length: this.partitionCount },
      (_, partition) => this.#records.bounds(partition).end,
    )
    const offsets = this.#statements.all<{ group: string; partition: number; next: number }>(
      'SELECT consumer_group AS "group", partition, next FROM group_offsets',
    )
    return {
      brokers: [{ id: broker, host: 'localhost', controller: true }],
      partitions: ends.map((end, partition) => ({
        partition,
        leader: broker,
        inSync: [broker],
        end,
      })),
      groups: [...this.#groups].flatMap(([name, group]) =>
        ends.map((end, partition) => {
          const committed = offsets.find((row) => row.group === name && row.partition === partition)
          return {
            group: name,
            partition,
            consumer: group.holder(partition) ?? '',
            lag: end - (committed?.next ?? 0),
          }
        }),
      ),
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await Promise.all([...this.#consumptions].map((close) => close()))
    await this.#commits.close()
    closeDatabase(this.#db)
  }

  async #commit(group: string, partition: number, next: number): Promise<void> {
    await this.#write(() =>
      this.#statements.run(
        `INSERT INTO group_offsets (consumer_group, partition, next) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET next = excluded.next`,
        group,
        partition,
        next,
      ),
    )
  }

  async #write(work: () => void): Promise<void> {
    try {
      await this.#commits.run(work)
    } catch (error) {
      throw new LogError('unavailable', 'the log could not be written', { cause: error })
    }
  }

  #group(name: string): ConsumerGroup {
    let group = this.#groups.get(name)
    if (group === undefined) {
      group = new ConsumerGroup(this.partitionCount, {
        bounds: (partition) => this.#records.bounds(partition),
        readBatch: (partition, from) => this.#records.read(partition, from, batchLimit),
        appended: (partition) => this.#signals.next(partition),
        wake: (partition) => this.#signals.fire(partition),
      })
      this.#groups.set(name, group)
    }
    return group
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new LogError('unavailable', 'the log is closed')
  }
}

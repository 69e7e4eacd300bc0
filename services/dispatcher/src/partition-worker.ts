import {
  bodyHash,
  decodeRecord,
  fold,
  type AnswerPush,
  type ChannelRecord,
  type ChannelState,
  type EventRow,
  type LogEntry,
  type SessionRow,
} from '@rookery/domain'
import type { LoggedRecord, MessageLog, PartitionBounds, Turn } from '@rookery/log'
import type { MessageStore, ReadMark } from '@rookery/message-store'
import { PartitionHalted } from './partition-halted.ts'
import { project, type Projection } from './projection.ts'
import { startOffset } from './start-offset.ts'
import { TurnLost, untilDone, type Pause } from './until-done.ts'

/** What a turn sends to chat servers once its rows are stored. */
export interface TurnOutcome {
  partition: number
  generation: number
  rows: readonly EventRow[]
  /** For each of `rows`, at the same index: the process that appended its record. */
  origins: readonly string[]
  /** For each of `rows`, at the same index: the hash of the body that its sender sent. */
  bodyHashes: readonly string[]
  answers: readonly Answer[]
}
export interface Answer {
  record: ChannelRecord
  outcome: Exclude<AnswerPush['outcome'], { kind: 'invalid' }>
}
export interface TurnSink {
  /**
   * Rows of a turn are about to be written. Until `route`, the directory must not call the heads of
   * the partition fresh.
   */
  begin(partition: number): void
  /**
   * Sets heads and user versions, then routes in order. Does not reject: heads and versions that
   * could not be set are owed, see `settled`.
   */
  route(outcome: TurnOutcome): Promise<void>
  /** False while heads or user versions of the partition are owed: progress must not pass them. */
  settled(partition: number): boolean
  /** Resolves when few enough heads and versions are owed. Rejects while too many are. */
  waitForRoom(partition: number): Promise<void>
}
export interface WorkerDeps {
  log: Pick<MessageLog, 'epoch' | 'read' | 'deadLetter'>
  store: MessageStore
  sink: TurnSink
  commit(partition: number, next: number): Promise<void>
  /** Waits between tries. */
  pause: Pause
  onDeadLetter(at: LoggedRecord, reason: string): void
}

export interface Folded {
  rows: EventRow[]
  sessions: SessionRow[]
  origins: string[]
  unanswered: { record: ChannelRecord; kind: 'repeat' | 'exists' | 'missing' }[]
}
export interface Decoded {
  records: readonly LoggedRecord[]
  entries: LogEntry[]
  invalid: { record: LoggedRecord; reason: string }[]
  newer: number | null
}
interface CachedChannel extends ChannelState {
  sessions: Map<string, number>
}

const maxCachedChannels = 10_000
const maxCachedSessions = 1_000

/**
 * Works on one partition: fold → write → set heads → route → progress. It is safe to run late,
 * twice or beside another worker: it computes the same rows from the same log, and writes carry
 * versions. The steps of a turn are `protected` only for tests, which replace single steps by
 * forbidden shortcuts that a checker must catch.
 */
export class PartitionWorker {
  protected readonly deps: WorkerDeps
  readonly #partition: number
  protected channels: Map<string, CachedChannel> = new Map()
  /**
   * The cached state is the state before this offset. Example: 7 after a turn with records 3 to 6.
   * Null: the cache may not be used.
   */
  protected next: number | null = null
  #done: { next: number; lastTimestampMs: number | null } | null = null
  #written: number | null = null
  readonly #ownMarks = new Map<string, ReadMark>()
  /** The end of the last flush. */
  #flushed: Promise<unknown> = Promise.resolve()

  constructor(partition: number, deps: WorkerDeps) {
    this.#partition = partition
    this.deps = deps
  }

  /** Everything below this offset is folded, written and routed; null before `assigned`. */
  get doneUpTo(): number | null {
    return this.#done?.next ?? this.#written
  }

  /**
   * @returns the offset of the progress row, from which to start
   * @throws PartitionHalted if the log and the rows do not belong together
   */
  async assigned(bounds: PartitionBounds): Promise<number> {
    this.next = null
    this.#done = null
    const start = await startOffset(this.#partition, bounds, this.deps.log, this.deps.store)
    this.#written = start
    return start
  }

  async batch(records: readonly LoggedRecord[], turn: Turn): Promise<void> {
    try {
      await this.turn(records, turn)
    } catch (error) {
      this.forget()
      // If the partition was lost, its next owner repeats the batch. Otherwise the batch must not
      // count as done.
      if (error instanceof TurnLost && turn.signal.aborted) return
      throw error
    }
  }

  protected async turn(all: readonly LoggedRecord[], turn: Turn): Promise<void> {
    const { records, entries, invalid, newer } = this.decode(all)
    this.begin(all)
    await this.loadBases(entries, turn)
    const folded = this.fold(entries)
    const projection = await this.repeat(turn, () =>
      project(folded.rows, folded.sessions, this.deps.store),
    )
    await this.persist(projection, turn)
    for (const { record, reason } of invalid) {
      this.deps.onDeadLetter(record, reason)
      const at = { ...record, epoch: this.deps.log.epoch.number }
      await this.repeat(turn, () => this.deps.log.deadLetter(at, reason))
    }
    await this.route(projection, folded, turn)
    this.end(records)
    if (newer === null) return
    await this.flush()
    throw new PartitionHalted(
      `the record after offset ${records.at(-1)?.offset ?? 'none'} of partition ${this.#partition} has version ${newer}, which this dispatcher does not know: upgrade it`,
    )
  }

  protected repeat<T>(turn: Turn, work: () => Promise<T>): Promise<T> {
    return untilDone(turn, this.deps.pause, work)
  }

  /**
   * Stops before the first record of a version that this release does not know. The records before
   * it are good.
   */
  protected decode(all: readonly LoggedRecord[]): Decoded {
    const decoded: Decoded = { records: all, entries: [], invalid: [], newer: null }
    for (const [index, record] of all.entries()) {
      const { partition, offset, timestampMs } = record
      const result = decodeRecord(record.key, record.value)
      if (result.ok) {
        const position = { epoch: this.deps.log.epoch.number, partition, offset }
        decoded.entries.push({ record: result.record, position, timestampMs })
      } else if ('newer' in result) {
        return { ...decoded, records: all.slice(0, index), newer: result.newer }
      } else decoded.invalid.push({ record, reason: result.invalid })
    }
    return decoded
  }

  /** Drops cached state that does not end exactly where the batch begins. */
  protected begin(records: readonly LoggedRecord[]): void {
    if (this.next !== records[0]?.offset) this.forget()
    this.next = null
  }

  protected forget(): void {
    this.channels = new Map()
    this.next = null
  }

  protected async loadBases(entries: readonly LogEntry[], turn: Turn): Promise<void> {
    const first = entries[0]
    if (first === undefined || entries.every((entry) => this.#isCached(entry))) return
    // Rows from `before` on are left by an earlier run of this turn. They do not count as state,
    // because this turn writes the same rows again.
    const before = first.position
    const loads = new Map<string, () => Promise<void>>()
    for (const { record } of entries) {
      const { channelId, user, session } = record
      const key = sessionKeyOf(record)
      let channel = this.channels.get(channelId)
      if (channel === undefined) {
        const fresh = { seq: 0, messageNumber: 0, sessions: new Map<string, number>() }
        channel = fresh
        this.channels.set(channelId, fresh)
        loads.set(channelId, async () => {
          Object.assign(fresh, await this.deps.store.channelBase(channelId, before))
        })
      }
      const { sessions } = channel
      if (sessions.has(key)) continue
      sessions.set(key, 0)
      loads.set(`${channelId}\n${key}`, async () => {
        const id = { channelId, user, session }
        sessions.set(key, await this.deps.store.sessionBase(id, before))
      })
    }
    const tasks = [...loads.values()]
    for (let i = 0; i < tasks.length; i += 64) {
      const some = tasks.slice(i, i + 64)
      await Promise.all(some.map((load) => this.repeat(turn, load)))
    }
  }

  #isCached({ record }: LogEntry): boolean {
    return this.channels.get(record.channelId)?.sessions.has(sessionKeyOf(record)) === true
  }

  protected fold(entries: readonly LogEntry[]): Folded {
    const folded: Folded = { rows: [], sessions: [], origins: [], unanswered: [] }
    for (const entry of entries) {
      const { record } = entry
      const channel = this.channels.get(record.channelId)
      if (channel === undefined) throw new PartitionHalted(`${record.channelId} was not loaded`)
      const key = sessionKeyOf(record)
      const result = this.step(channel, channel.sessions.get(key) ?? 0, entry)
      if (result.kind === 'accepted') {
        Object.assign(channel, result.state)
        channel.sessions.set(key, record.clientSeq)
        folded.rows.push(result.row)
        folded.sessions.push(result.session)
        folded.origins.push(record.origin)
      } else folded.unanswered.push({ record, kind: result.kind })
    }
    return folded
  }

  protected step(
    state: ChannelState,
    highestClientSeq: number,
    entry: LogEntry,
  ): ReturnType<typeof fold> {
    return fold(state, highestClientSeq, entry)
  }

  protected async persist({ writes, joinMarks }: Projection, turn: Turn): Promise<void> {
    this.deps.sink.begin(this.#partition)
    await this.repeat(turn, () => this.deps.store.write(writes))
    if (joinMarks.length > 0) await this.repeat(turn, () => this.deps.store.advanceMarks(joinMarks))
    for (const row of writes.events) {
      if (row.body.type !== 'chat_message') continue
      const { user, channelId, seq, messageNumber } = row
      this.#ownMarks.set(`${channelId}\n${user}`, { username: user, channelId, seq, messageNumber })
    }
  }

  protected async route(projection: Projection, folded: Folded, turn: Turn): Promise<void> {
    const { unanswered } = folded
    const answers =
      unanswered.length === 0
        ? []
        : await this.repeat(turn, () =>
            Promise.all(unanswered.map((one) => this.#answer(one.record, one.kind))),
          )
    await this.deps.sink.route({
      partition: this.#partition,
      generation: turn.generation,
      rows: projection.writes.events,
      origins: folded.origins,
      bodyHashes: folded.sessions.map(({ bodyHash: hash }) => hash),
      answers,
    })
    await this.repeat(turn, () => this.deps.sink.waitForRoom(this.#partition))
  }

  async #answer(record: ChannelRecord, kind: 'repeat' | 'exists' | 'missing'): Promise<Answer> {
    if (kind === 'missing') return { record, outcome: { kind } }
    const row = await this.deps.store.sessionRow(record, record.clientSeq)
    if (row !== null && row.bodyHash === bodyHash(record.body))
      return { record, outcome: { kind: 'repeat', seq: row.seq, sentAtMs: row.sentAtMs } }
    return { record, outcome: { kind: kind === 'exists' ? 'exists' : 'superseded' } }
  }

  protected end(records: readonly LoggedRecord[]): void {
    const last = records.at(-1)
    if (last === undefined) return
    this.next = last.offset + 1
    this.#done = { next: last.offset + 1, lastTimestampMs: last.timestampMs }
    this.#evict(records)
  }

  /** Called between batches only: within a batch, cached state is ahead of the stored rows. */
  #evict(records: readonly LoggedRecord[]): void {
    for (const { key } of records) {
      const sessions = this.channels.get(key)?.sessions
      if (sessions !== undefined && sessions.size > maxCachedSessions) sessions.clear()
    }
    for (const channelId of this.channels.keys()) {
      if (this.channels.size <= maxCachedChannels) break
      this.channels.delete(channelId)
    }
  }

  /**
   * Writes own read marks, then the progress row, then the commit. Does nothing while heads are
   * owed or a turn is unfinished. Flushes run one after another: progress must not pass marks that
   * another flush has not written yet.
   */
  async flush(): Promise<void> {
    const written = this.#flushed.then(() => this.#writeProgress())
    this.#flushed = written.catch(() => undefined)
    const next = await written
    if (next !== null) await this.deps.commit(this.#partition, next)
  }

  /** @returns the offset to commit; null if there was nothing to write */
  async #writeProgress(): Promise<number | null> {
    const done = this.#done
    if (done === null || done.next === this.#written) return null
    if (!this.deps.sink.settled(this.#partition)) return null
    const marks = [...this.#ownMarks.values()]
    this.#ownMarks.clear()
    try {
      await this.deps.store.advanceMarks(marks)
      const epoch = this.deps.log.epoch.number
      await this.deps.store.setProgress(this.#partition, { epoch, ...done })
    } catch (error) {
      for (const mark of marks) {
        const key = `${mark.channelId}\n${mark.username}`
        if (!this.#ownMarks.has(key)) this.#ownMarks.set(key, mark)
      }
      throw error
    }
    this.#written = done.next
    return done.next
  }
}

function sessionKeyOf(record: ChannelRecord): string {
  return `${record.user}\n${record.session}`
}

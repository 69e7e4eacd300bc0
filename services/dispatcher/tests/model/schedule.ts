import { canonicalJson } from '@rookery/domain'
import type { LoggedRecord, Turn } from '@rookery/log'
import {
  type MessageStore,
  type Progress,
  StoreError,
  type TurnWrites,
} from '@rookery/message-store'
import { PartitionWorker, type TurnOutcome, type WorkerDeps } from '../../src/partition-worker.ts'
import { ModelStore } from './model-store.ts'
import { Random } from './random.ts'
import { referenceOf, type Reference } from './reference.ts'
import { Traffic } from './traffic.ts'

export class Violation extends Error {}

/** Builds the dispatchers of a schedule: the real one, or one with a shortcut. */
export interface Build {
  /** `shared` outlives the dispatchers, as a foreign counter or a wall clock would. */
  worker(deps: WorkerDeps, shared: { counter: number }): PartitionWorker
}
export const realBuild: Build = { worker: (deps) => new PartitionWorker(0, deps) }

interface Call {
  run(): void
  fail: (() => void) | null
  owner: Dispatcher
}
interface Dispatcher {
  worker: PartitionWorker
  alive: boolean
  /** Aborted when the dispatcher learns that it lost the partition. Until then it is a zombie. */
  abort: AbortController
  position: number | null
  busy: boolean
  halted: boolean
}

const maxSteps = 20_000

/**
 * One random run of several dispatchers over one partition. Every call of a port is a step, and the
 * schedule runs the steps in a random order. A call may happen late, in part, with an error after
 * it happened, or never, because its process died.
 */
export async function runSchedule(seed: number, build: Build = realBuild): Promise<void> {
  const schedule = new Schedule(seed, build)
  await schedule.run()
}

class Schedule {
  readonly #random: Random
  readonly #build: Build
  readonly #store = new ModelStore()
  readonly #log: LoggedRecord[] = []
  readonly #calls: Call[] = []
  readonly #dispatchers: Dispatcher[] = []
  readonly #shared = { counter: 0 }
  /** Every event that was routed, by `channelId seq`. */
  readonly #shown = new Map<string, string>()
  readonly #deadLettered = new Set<number>()
  #healing = false
  #known: { length: number; reference: Reference } | null = null

  constructor(seed: number, build: Build) {
    this.#random = new Random(seed)
    this.#build = build
  }

  async run(): Promise<void> {
    const traffic = new Traffic(this.#random)
    const total = 8 + this.#random.below(22)
    this.#join()
    while (this.#log.length < total || this.#random.chance(0.9)) {
      const roll = this.#random.next()
      if (roll < 0.25 && this.#log.length < total) this.#log.push(traffic.next(this.#log.length))
      else if (roll < 0.29) this.#crash()
      else if (roll < 0.33) this.#rebalance()
      else this.#step()
      await settle()
    }
    await this.#heal()
    this.#checkEnd()
  }

  // ── what may happen ──

  #step(): void {
    this.#feed()
    const call = this.#calls.splice(this.#random.below(this.#calls.length), 1)[0]
    if (call === undefined || !call.owner.alive) return
    if (!this.#healing && call.fail !== null && this.#random.chance(0.12)) call.fail()
    else call.run()
  }

  #join(): void {
    const abort = new AbortController()
    const owner: Dispatcher = {
      abort,
      alive: true,
      position: null,
      busy: true,
      halted: false,
      worker: undefined as unknown as PartitionWorker,
    }
    owner.worker = this.#build.worker(this.#deps(owner), this.#shared)
    this.#dispatchers.push(owner)
    this.#assign(owner)
  }

  #assign(owner: Dispatcher): void {
    owner.abort = new AbortController()
    owner.busy = true
    owner.position = null
    void owner.worker.assigned({ start: 0, end: this.#log.length }).then(
      (start) => {
        owner.position = start
        owner.busy = false
      },
      () => (owner.halted = true),
    )
  }

  #crash(): void {
    const live = this.#dispatchers.filter((one) => one.alive)
    if (live.length === 0) return
    this.#random.pick(live).alive = false
    if (!this.#dispatchers.some((one) => one.alive)) this.#join()
  }

  /**
   * The partition goes to another dispatcher, or back to the same one. The old one may not learn of
   * it.
   */
  #rebalance(): void {
    const live = this.#dispatchers.filter((one) => one.alive)
    const old = live.length > 0 ? this.#random.pick(live) : null
    if (old !== null && this.#random.chance(0.5)) old.abort.abort()
    if (old !== null && !old.busy && this.#random.chance(0.4)) this.#assign(old)
    else if (live.length < 3) this.#join()
  }

  /** Idle dispatchers get a batch of random length from their position on. */
  #feed(): void {
    for (const one of this.#dispatchers) {
      if (!one.alive || one.busy || one.halted || one.position === null) continue
      const { position } = one
      if (position >= this.#log.length) {
        if (this.#random.chance(0.3)) this.#flush(one)
        continue
      }
      const batch = this.#log.slice(position, position + 1 + this.#random.below(6))
      const { signal } = one.abort
      const turn: Turn = {
        generation: 1,
        signal,
        keepAlive: () =>
          signal.aborted ? Promise.reject(new Error('lost the group')) : Promise.resolve(),
      }
      one.busy = true
      void one.worker.batch(batch, turn).then(
        () => {
          one.busy = false
          one.position = position + batch.length
          // The batch of a lost partition is delivered again to the new owner, which may be this
          // dispatcher.
          if (signal.aborted) this.#assign(one)
        },
        () => (one.halted = true),
      )
      if (this.#random.chance(0.3)) this.#flush(one)
    }
  }

  #flush(one: Dispatcher): void {
    one.worker.flush().catch(() => undefined)
  }

  async #heal(): Promise<void> {
    this.#healing = true
    for (const one of this.#dispatchers) if (this.#random.chance(0.5)) one.alive = false
    this.#join()
    const last = this.#dispatchers.at(-1)
    for (let steps = 0; steps < maxSteps; steps += 1) {
      const done =
        last?.halted === true || (last?.busy === false && last.position === this.#log.length)
      if (done && this.#calls.every((call) => !call.owner.alive)) break
      this.#step()
      await settle()
    }
    if (last !== undefined) this.#flush(last)
    for (let steps = 0; steps < 50; steps += 1) {
      this.#step()
      await settle()
    }
  }

  // ── the ports, as the dispatchers see them ──

  #deps(owner: Dispatcher): WorkerDeps {
    const call = <T>(effect: () => T, mayFail = true): Promise<T> =>
      new Promise((resolve, reject) => {
        this.#calls.push({
          owner,
          run: () => resolve(effect()),
          fail: mayFail ? () => reject(new StoreError('unavailable', 'away')) : null,
        })
      })
    const store = this.#store
    const reads = {
      model: store,
      progress: () => call(() => store.progressRow),
      hasRows: () => call(() => store.events().length > 0),
      channelBase: (...args: Parameters<MessageStore['channelBase']>) =>
        call(() => store.channelBase(...args)),
      sessionBase: (...args: Parameters<MessageStore['sessionBase']>) =>
        call(() => store.sessionBase(...args)),
      sessionRow: (...args: Parameters<MessageStore['sessionRow']>) =>
        call(() => store.sessionRow(...args)),
      member: (...args: Parameters<MessageStore['member']>) => call(() => store.member(...args)),
      message: (...args: Parameters<MessageStore['message']>) => call(() => store.message(...args)),
      advanceMarks: () => call(() => undefined),
      setProgress: (_partition: number, progress: Progress) =>
        call(() => this.#setProgress(progress)),
      write: (writes: TurnWrites) => this.#write(owner, writes),
    }
    return {
      log: {
        epoch: { installId: 'model', number: 1 },
        read: (_partition, from, limit) => call(() => this.#log.slice(from, from + limit)),
        deadLetter: (at) => call(() => void this.#deadLettered.add(at.offset)),
      },
      store: reads as unknown as MessageStore,
      sink: {
        begin: () => undefined,
        route: (outcome) => call(() => this.#route(outcome), false),
        settled: () => true,
        waitForRoom: () => Promise.resolve(),
      },
      commit: () => Promise.resolve(),
      pause: () => Promise.resolve(),
      onDeadLetter: () => undefined,
    }
  }

  /** Statements arrive in any order, each a step of its own: a crash leaves any part of them. */
  #write(owner: Dispatcher, writes: TurnWrites): Promise<void> {
    const statements = this.#random.shuffle(this.#store.statements(writes))
    let left = statements.length
    if (left === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      let failed = false
      for (const statement of statements)
        this.#calls.push({
          owner,
          run: () => {
            this.#store.apply(statement)
            left -= 1
            if (left === 0 && !failed) resolve()
          },
          fail: () => {
            // After an error the statement may have been applied or not.
            if (this.#random.chance(0.5)) this.#store.apply(statement)
            failed = true
            reject(new StoreError('unavailable', 'away'))
          },
        })
    })
  }

  // ── what must hold ──

  #reference(): Reference {
    if (this.#known?.length !== this.#log.length)
      this.#known = { length: this.#log.length, reference: referenceOf(this.#log) }
    return this.#known.reference
  }

  #setProgress(progress: Progress): void {
    for (const [offset, row] of this.#reference().rowAt)
      if (offset < progress.next && !this.#store.hasEvent(row.channelId, row.seq))
        throw this.#violation(`progress ${progress.next} passes ${row.channelId} ${row.seq}`)
    const old = this.#store.progressRow
    if (old === null || progress.next > old.next) this.#store.progressRow = progress
  }

  #route(outcome: TurnOutcome): void {
    for (const row of outcome.rows) {
      for (let seq = row.seq; seq > 0; seq -= 1)
        if (!this.#store.hasEvent(row.channelId, seq))
          throw this.#violation(`${row.channelId} ${row.seq} is shown, ${seq} is not stored`)
      const key = `${row.channelId} ${row.seq}`
      const { text: _erasable, ...facts } = row
      const identity = canonicalJson(facts)
      if ((this.#shown.get(key) ?? identity) !== identity)
        throw this.#violation(`${key} was shown as two different events`)
      this.#shown.set(key, identity)
    }
    const { sessions } = this.#reference()
    for (const { record, outcome: answer } of outcome.answers) {
      const { channelId, user, session, clientSeq } = record
      const accepted = sessions.get(`${channelId} ${user} ${session} ${clientSeq}`)
      if (answer.kind === 'repeat' && answer.seq !== accepted?.seq)
        throw this.#violation(`a repeat of ${session}/${clientSeq} is answered ${answer.seq}`)
    }
  }

  #checkEnd(): void {
    const ref = this.#reference()
    const stored = new Map(
      this.#store.events().map((row) => [`${row.channelId} ${row.seq}`, canonicalJson(row)]),
    )
    for (const [key, row] of ref.rows)
      if (stored.get(key) !== row)
        throw this.#violation(`${key} is stored as ${stored.get(key) ?? 'nothing'}, not ${row}`)
    if (stored.size !== ref.rows.size)
      throw this.#violation('rows are stored that the log does not have')
    for (const row of ref.rowAt.values()) {
      const { facts } = { facts: `${row.channelId} ${row.seq}` }
      const { text: _erasable, ...expected } = row
      if (this.#shown.get(facts) !== canonicalJson(expected))
        throw this.#violation(`${facts} was never shown, or was shown as another event`)
    }
    for (const [key, session] of ref.sessions) {
      const [channelId = '', user = '', name = ''] = key.split(' ')
      const row = this.#store.sessionRow({ channelId, user, session: name }, session.clientSeq)
      if (canonicalJson(row) !== canonicalJson(session))
        throw this.#violation(`session row ${key} is ${canonicalJson(row)}`)
    }
    this.#checkMembers(ref.members)
    for (const offset of this.#deadLettered)
      if (!ref.invalid.includes(offset))
        throw this.#violation(`the valid record ${offset} was moved to the dead letters`)
    for (const offset of ref.invalid)
      if (!this.#deadLettered.has(offset))
        throw this.#violation(`the invalid record ${offset} was not moved to the dead letters`)
    const halt = ref.newer[0] ?? Infinity
    if ((this.#store.progressRow?.next ?? 0) > halt)
      throw this.#violation('progress passes a record of an unknown version')
  }

  #checkMembers(members: ReadonlyMap<string, string>): void {
    const stored = new Map<string, string>()
    for (const key of this.#store.rows.keys()) {
      const [kind, channelId = '', username = ''] = key.split(' ')
      if (kind !== 'member') continue
      const member = this.#store.member(channelId, username)
      if (member?.present === true) stored.set(`${channelId} ${username}`, member.role)
    }
    const sorted = (map: ReadonlyMap<string, string>): string =>
      canonicalJson(Object.fromEntries(map))
    if (sorted(stored) !== sorted(members))
      throw this.#violation(`members are ${sorted(stored)}, not ${sorted(members)}`)
  }

  #violation(what: string): Violation {
    return new Violation(what)
  }
}

/** Lets all promises settle that wait for no step of the schedule. */
async function settle(): Promise<void> {
  for (let i = 0; i < 12; i += 1) await Promise.resolve()
}

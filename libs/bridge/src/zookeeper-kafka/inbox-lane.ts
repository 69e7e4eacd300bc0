import { setTimeout as sleep } from 'node:timers/promises'
import type { InboxRecord } from '../bridge.ts'
import { type InboxCluster, NoLeader } from './inbox-cluster.ts'
import type { FetchedMessage } from '@rookery/kafka-client'

export interface LaneListeners {
  /** Where to begin with inboxes, by what tells them from earlier ones of the same id. */
  begin: (
    inboxes: readonly string[],
    incarnations: (inboxes: readonly string[]) => Promise<ReadonlyMap<string, string>>,
  ) => Promise<ReadonlyMap<string, { incarnation: string; next: number }>>
  onRecord: (record: InboxRecord) => Promise<void>
  onUnreadable: (inbox: string, error: unknown) => void
}

interface Followed {
  /** Null: not begun with. */
  incarnation: string | null
  next: number
  /** Which of the loops fetches it; busy ones and new ones are soon asked for again. */
  isQuiet: boolean
  /** When something of it was fetched last, or it was added. */
  activeAtMs: number
  /** Handing over what was fetched; not fetched again until then. */
  busy: Promise<void> | null
  /** Not before then, after something that could not be read. */
  pausedUntilMs: number
}

/**
 * Of inboxes in which nothing happens, nearly all of them: asking for one costs a broker and this
 * process some 50 µs, and an answer comes at once in any case. Below the time that an answer is
 * waited for.
 */
const quietWaitMs = 2_000
const quietAfterMs = 5_000
/** What comes in many quiet inboxes at a time is fetched together. */
const gatherMs = 100
const retryMs = 1_000
/**
 * An inbox that was made anew may have as many records as are read of the one before, and then
 * nothing else tells.
 */
const checkEveryMs = 10_000
const pauseMs = 10_000
const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Some of the followed inboxes, fetched together over connections of their own: the quiet ones
 * patiently, the others often.
 */
export class InboxLane {
  readonly #quick: InboxCluster
  readonly #patient: InboxCluster
  readonly #listeners: LaneListeners
  readonly #followed = new Map<string, Followed>()
  readonly #loops: Promise<void>[]
  /**
   * Not looked at yet: whether it is still the same inbox, and what is to be read next lies within
   * what is there.
   */
  readonly #unchecked = new Set<string>()
  #checkedMs = performance.now()
  readonly #idlers = new Set<() => void>()
  #closed = false

  constructor(openCluster: () => InboxCluster, listeners: LaneListeners) {
    this.#quick = openCluster()
    this.#patient = openCluster()
    this.#listeners = listeners
    this.#loops = [this.#runQuick(), this.#runPatient()]
  }

  get size(): number {
    return this.#followed.size
  }

  has(inbox: string): boolean {
    return this.#followed.has(inbox)
  }

  inboxes(): string[] {
    return [...this.#followed.keys()]
  }

  add(inbox: string): void {
    this.#followed.set(inbox, {
      incarnation: null,
      next: 0,
      isQuiet: false,
      activeAtMs: performance.now(),
      busy: null,
      pausedUntilMs: 0,
    })
    this.#unchecked.add(inbox)
    this.#wake()
  }

  remove(inbox: string): void {
    this.#followed.delete(inbox)
    this.#unchecked.delete(inbox)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#wake()
    const busy = [...this.#followed.values()].map((followed) => followed.busy)
    this.#followed.clear()
    for (const cluster of [this.#quick, this.#patient]) cluster.cut()
    await Promise.all([...this.#loops, ...busy])
    await Promise.all([this.#quick.close(), this.#patient.close()])
  }

  /** The inboxes that are not quiet; and looks at all of them from time to time. */
  async #runQuick(): Promise<void> {
    while (!this.#closed) {
      if (performance.now() - this.#checkedMs > checkEveryMs) this.#checkAll()
      await this.#check([...this.#due((_, inbox) => this.#unchecked.has(inbox)).keys()])
      const offsets = this.#due(({ isQuiet }, inbox) => !isQuiet && !this.#unchecked.has(inbox))
      if (offsets.size === 0) await this.#idle()
      else await this.#fetchAll(this.#quick, offsets)
    }
  }

  /**
   * Only here an inbox becomes quiet, just before it is asked for, so that it is always one loop's.
   */
  async #runPatient(): Promise<void> {
    while (!this.#closed) {
      const before = performance.now() - quietAfterMs
      for (const [inbox, followed] of this.#followed)
        if (followed.activeAtMs < before && followed.busy === null && !this.#unchecked.has(inbox))
          followed.isQuiet = true
      const offsets = this.#due(({ isQuiet }, inbox) => isQuiet && !this.#unchecked.has(inbox))
      if (offsets.size === 0) await this.#idle()
      else if (await this.#fetchAll(this.#patient, offsets, quietWaitMs)) await sleep(gatherMs)
    }
  }

  /** @returns whether there was something */
  async #fetchAll(
    cluster: InboxCluster,
    offsets: ReadonlyMap<string, number>,
    maxWaitMs?: number,
  ): Promise<boolean> {
    try {
      return await this.#fetch(cluster, offsets, maxWaitMs)
    } catch {
      if (this.#closed) return false
      cluster.forgetLeaders()
      await this.#isolate(cluster, offsets)
      return false
    }
  }

  #due(which: (followed: Followed, inbox: string) => boolean): ReadonlyMap<string, number> {
    const nowMs = performance.now()
    const due = [...this.#followed].filter(
      ([inbox, followed]) =>
        followed.busy === null && followed.pausedUntilMs <= nowMs && which(followed, inbox),
    )
    // A broker fills an answer in the order asked: begin with another one each time.
    const first = Math.floor(Math.random() * due.length)
    return new Map(
      [...due.slice(first), ...due.slice(0, first)].map(([inbox, { next }]) => [inbox, next]),
    )
  }

  async #idle(): Promise<void> {
    if (this.#closed) return
    const woken = new Promise<void>((resolve) => this.#idlers.add(resolve))
    await Promise.race([woken, sleep(retryMs, undefined, { ref: false })])
  }

  #wake(): void {
    for (const wake of this.#idlers) wake()
    this.#idlers.clear()
  }

  #checkAll(): void {
    this.#checkedMs = performance.now()
    for (const inbox of this.#followed.keys()) this.#unchecked.add(inbox)
  }

  /**
   * Records may have been removed by age, or the inbox was made anew. What cannot be looked at now
   * waits, and the others go on.
   */
  async #check(inboxes: readonly string[]): Promise<void> {
    if (inboxes.length === 0) return
    try {
      await this.#begin(inboxes)
      const bounds = await this.#quick.bounds(inboxes)
      for (const inbox of inboxes) {
        const range = bounds.get(inbox)
        const followed = this.#followed.get(inbox)
        if (range === undefined || followed === undefined || followed.incarnation === null) continue
        if (followed.next < range.start || followed.next > range.end) {
          followed.next = range.start
          stir(followed)
        }
        this.#unchecked.delete(inbox)
      }
    } catch {
      // They are paused below, as what is not there is.
    }
    const left = inboxes.filter((inbox) => this.#unchecked.has(inbox))
    for (const inbox of left) this.#pause(inbox, retryMs)
    if (left.length > 0) this.#quick.forgetLeaders()
    this.#wake()
  }

  async #begin(inboxes: readonly string[]): Promise<void> {
    const incarnations = (some: readonly string[]) => this.#quick.incarnations(some)
    const changed = [...(await incarnations(inboxes))]
      .filter(([inbox, now]) => this.#followed.get(inbox)?.incarnation !== now)
      .map(([inbox]) => inbox)
    if (changed.length === 0) return
    const starts = await this.#listeners.begin(changed, incarnations)
    for (const inbox of changed) {
      const followed = this.#followed.get(inbox)
      const { incarnation, next } = starts.get(inbox) ?? { incarnation: null, next: 0 }
      if (followed === undefined) continue
      Object.assign(followed, { incarnation, next })
      stir(followed)
    }
  }

  #pause(inbox: string, ms: number): void {
    const followed = this.#followed.get(inbox)
    if (followed === undefined) return
    followed.pausedUntilMs = performance.now() + ms
    stir(followed)
  }

  #doubt(inbox: string, followed: Followed): void {
    this.#unchecked.add(inbox)
    stir(followed)
  }

  async #fetch(
    cluster: InboxCluster,
    offsets: ReadonlyMap<string, number>,
    maxWaitMs?: number,
  ): Promise<boolean> {
    const before = new Map(
      [...offsets.keys()].map((inbox) => [inbox, this.#followed.get(inbox)?.incarnation]),
    )
    const fetched = await cluster.fetch(offsets, maxWaitMs)
    if (fetched.size === 0) return false
    const now = await cluster.incarnations([...fetched.keys()])
    for (const [inbox, messages] of fetched) {
      const followed = this.#followed.get(inbox)
      if (followed === undefined || followed.busy !== null) continue
      const { incarnation } = followed
      const isTheSame = now.get(inbox) === incarnation && before.get(inbox) === incarnation
      if (incarnation !== null && isTheSame) this.#take(inbox, followed, messages)
      else this.#doubt(inbox, followed)
    }
    return true
  }

  /** One that is gone, or holds what cannot be decoded, must not stop the others. */
  async #isolate(cluster: InboxCluster, offsets: ReadonlyMap<string, number>): Promise<void> {
    let failed = 0
    for (const [inbox, offset] of offsets) {
      if (this.#closed) return
      try {
        await this.#fetch(cluster, new Map([[inbox, offset]]), 0)
      } catch (error) {
        failed += 1
        if (isUnreadable(error)) this.#listeners.onUnreadable(inbox, error)
        this.#pause(inbox, failed === offsets.size ? retryMs : pauseMs)
        if (this.#followed.has(inbox)) this.#unchecked.add(inbox)
        // The brokers are away: there is no use in asking for each inbox.
        if (failed >= maxFailures) {
          await sleep(retryMs)
          return
        }
      }
    }
  }

  #take(inbox: string, followed: Followed, messages: readonly FetchedMessage[]): void {
    stir(followed)
    // The other loop may have fetched some of it just before the inbox became this one's.
    const left = messages.filter(({ offset }) => Number(offset) >= followed.next)
    followed.busy = this.#handOver(inbox, followed, left).then(() => {
      followed.busy = null
      this.#wake()
    })
  }

  async #handOver(
    inbox: string,
    followed: Followed,
    messages: readonly FetchedMessage[],
  ): Promise<void> {
    const { incarnation } = followed
    for (const { offset, key, value, isControlRecord } of messages) {
      if (this.#followed.get(inbox) !== followed || incarnation === null) return
      try {
        if (isControlRecord !== true)
          await this.#listeners.onRecord({
            inbox,
            incarnation,
            offset: Number(offset),
            sender: key === null ? null : decode(key),
            text: value,
          })
      } catch {
        followed.pausedUntilMs = performance.now() + retryMs
        return
      }
      followed.next = Number(offset) + 1
    }
  }
}

const maxFailures = 5

/**
 * Whatever is fetched of it now may not be what is wanted next: it is the quick loop's until
 * nothing has happened for a while.
 */
function stir(followed: Followed): void {
  followed.isQuiet = false
  followed.activeAtMs = performance.now()
}

/**
 * All that is wrong with brokers and connections has a name of the library's. What is wrong with
 * the bytes has not, or is not implemented.
 */
function isUnreadable(error: unknown): boolean {
  const { name } = error as { name?: unknown }
  return (
    !(error instanceof NoLeader) &&
    (name === 'KafkaJSNotImplemented' || !String(name).startsWith('KafkaJS'))
  )
}

function decode(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { InboxRecord } from '../bridge.ts'
import { type InboxCluster, NoLeader } from './inbox-cluster.ts'
import type { FetchedMessage } from '@rookery/kafka-client'

export interface LaneListeners {
  /** Reads the incarnations of inboxes, and returns the offsets at which to begin. */
  begin: (
    inboxes: readonly string[],
    incarnations: (inboxes: readonly string[]) => Promise<ReadonlyMap<string, string>>,
  ) => Promise<ReadonlyMap<string, { incarnation: string; next: number }>>
  onRecord: (record: InboxRecord) => Promise<void>
  onUnreadable: (inbox: string, error: unknown) => void
}

interface Followed {
  /** Null: not checked yet. */
  incarnation: string | null
  /** The offset of the next record. */
  next: number
  /** Whether the patient loop fetches it, and not the quick one. */
  isQuiet: boolean
  /** When the inbox was added, or had its last record. */
  activeAtMs: number
  /** Resolves when the fetched records are handed over. The inbox is not fetched until then. */
  busy: Promise<void> | null
  /** The inbox is not fetched before this time, after a failure. */
  pausedUntilMs: number
}

/**
 * How long a broker may wait before it answers a fetch of quiet inboxes, which nearly all are. Each
 * fetch of an inbox costs the broker and this process some 50 µs, so fetches of quiet ones must be
 * rare. A new record ends the wait. Must be shorter than the time-out of a request.
 */
const quietWaitMs = 2_000
const quietAfterMs = 5_000
/** The pause in which records of many quiet inboxes gather, so that one fetch gets them. */
const gatherMs = 100
const retryMs = 1_000
/**
 * A recreated inbox with as many records as were read of the old one looks the same in a fetch, so
 * incarnations are checked this often.
 */
const checkEveryMs = 10_000
const pauseMs = 10_000
const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Fetches up to 500 followed inboxes together, over its own connections. The life of an inbox here:
 * 1. `add` makes it unchecked. The quick loop checks it: it reads the incarnation, begins a new one
 *    at the offset that `begin` returns, and corrects offsets outside of the existing records.
 * 2. The quick loop fetches it, with short waits at the broker.
 * 3. After 5 s without records it becomes quiet. The patient loop fetches it, with long waits.
 * 4. A record or a failure makes it active: back to 2. Every 10 s all inboxes become unchecked, as
 *    an inbox does whose incarnation changed during a fetch: back to 1.
 *
 * Fetched records are handed over one after another, and meanwhile the inbox is not fetched. If a
 * fetch of many inboxes fails, each one is fetched alone, so that one cannot block the others.
 */
export class InboxLane {
  readonly #quick: InboxCluster
  readonly #patient: InboxCluster
  readonly #listeners: LaneListeners
  readonly #followed = new Map<string, Followed>()
  readonly #loops: Promise<void>[]
  /** Inboxes whose incarnation and offset are to be checked before the next fetch. */
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

  /** Checks unchecked inboxes, and fetches those that are not quiet. */
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
   * Fetches quiet inboxes. An inbox becomes quiet only here, just before a fetch, so that it
   * belongs to one loop at a time.
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

  /** @returns whether there were records */
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
    // A broker fills an answer in the order of the inboxes, so each fetch begins with another one.
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
   * Checks inboxes that may have been recreated, or whose next record may have been removed by age.
   * An inbox that cannot be checked now is paused, and the others continue.
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
          markActive(followed)
        }
        this.#unchecked.delete(inbox)
      }
    } catch {
      // Inboxes that are still unchecked are paused below, like missing ones.
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
      markActive(followed)
    }
  }

  #pause(inbox: string, ms: number): void {
    const followed = this.#followed.get(inbox)
    if (followed === undefined) return
    followed.pausedUntilMs = performance.now() + ms
    markActive(followed)
  }

  #recheck(inbox: string, followed: Followed): void {
    this.#unchecked.add(inbox)
    markActive(followed)
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
      else this.#recheck(inbox, followed)
    }
    return true
  }

  /**
   * Fetches inboxes one by one, because a missing or unreadable one makes the fetch of all fail.
   */
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
        // The brokers are away, so the other inboxes would fail, too.
        if (failed >= maxFailures) {
          await sleep(retryMs)
          return
        }
      }
    }
  }

  #take(inbox: string, followed: Followed, messages: readonly FetchedMessage[]): void {
    markActive(followed)
    // The other loop may have fetched some of these just before the inbox changed loops.
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

/** Gives the inbox to the quick loop, until it has been without records for a while. */
function markActive(followed: Followed): void {
  followed.isQuiet = false
  followed.activeAtMs = performance.now()
}

/**
 * Whether the records cannot be decoded. kafkajs names its errors about brokers and connections
 * `KafkaJS…`. Errors about bytes have other names, or `KafkaJSNotImplemented`.
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

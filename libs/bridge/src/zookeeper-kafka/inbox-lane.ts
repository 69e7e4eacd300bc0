import { setTimeout as sleep } from 'node:timers/promises'
import type { InboxRecord } from '../bridge.ts'
import { type InboxCluster, NoLeader } from './inbox-cluster.ts'
import type { FetchedMessage } from './kafkajs-internals.ts'

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
  /** Handing over what was fetched; not fetched again until then. */
  busy: Promise<void> | null
  /** Not before then, after something that could not be read. */
  pausedUntilMs: number
}

const retryMs = 1_000
/** An inbox that was made anew may have as many records as are read of the one before, and then nothing else tells. */
const checkEveryMs = 10_000
const pauseMs = 10_000
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Some of the followed inboxes, fetched together over connections of their own. */
export class InboxLane {
  readonly #cluster: InboxCluster
  readonly #listeners: LaneListeners
  readonly #followed = new Map<string, Followed>()
  readonly #loop: Promise<void>
  /** Not looked at yet: whether it is still the same inbox, and what is to be read next lies within what is there. */
  readonly #unchecked = new Set<string>()
  #checkedMs = performance.now()
  #wake: () => void = () => undefined
  #closed = false

  constructor(cluster: InboxCluster, listeners: LaneListeners) {
    this.#cluster = cluster
    this.#listeners = listeners
    this.#loop = this.#run()
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
    this.#followed.set(inbox, { incarnation: null, next: 0, busy: null, pausedUntilMs: 0 })
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
    await Promise.all([this.#loop, ...busy])
    await this.#cluster.close()
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      const due = this.#due()
      if (due.size === 0) {
        await this.#idle()
        continue
      }
      if (performance.now() - this.#checkedMs > checkEveryMs) this.#checkAll()
      await this.#check([...due.keys()].filter((inbox) => this.#unchecked.has(inbox)))
      const offsets = this.#due((inbox) => !this.#unchecked.has(inbox))
      try {
        if (offsets.size > 0) await this.#fetch(offsets)
      } catch {
        this.#cluster.forgetLeaders()
        await this.#isolate(offsets)
      }
    }
  }

  #due(also: (inbox: string) => boolean = () => true): ReadonlyMap<string, number> {
    const nowMs = performance.now()
    const due = [...this.#followed].filter(
      ([inbox, { busy, pausedUntilMs }]) => busy === null && pausedUntilMs <= nowMs && also(inbox),
    )
    // A broker fills an answer in the order asked: begin with another one each time.
    const first = Math.floor(Math.random() * due.length)
    return new Map(
      [...due.slice(first), ...due.slice(0, first)].map(([inbox, { next }]) => [inbox, next]),
    )
  }

  async #idle(): Promise<void> {
    const woken = new Promise<void>((resolve) => (this.#wake = resolve))
    await Promise.race([woken, sleep(retryMs, undefined, { ref: false })])
  }

  #checkAll(): void {
    this.#checkedMs = performance.now()
    for (const inbox of this.#followed.keys()) this.#unchecked.add(inbox)
  }

  /** Records may have been removed by age, or the inbox was made anew. What cannot be looked at now waits, and the others go on. */
  async #check(inboxes: readonly string[]): Promise<void> {
    if (inboxes.length === 0) return
    try {
      await this.#begin(inboxes)
      const bounds = await this.#cluster.bounds(inboxes)
      for (const inbox of inboxes) {
        const range = bounds.get(inbox)
        const followed = this.#followed.get(inbox)
        if (range === undefined || followed === undefined || followed.incarnation === null) continue
        if (followed.next < range.start || followed.next > range.end) followed.next = range.start
        this.#unchecked.delete(inbox)
      }
    } catch {
      // They are paused below, as what is not there is.
    }
    const left = inboxes.filter((inbox) => this.#unchecked.has(inbox))
    for (const inbox of left) this.#pause(inbox, retryMs)
    if (left.length > 0) this.#cluster.forgetLeaders()
  }

  async #begin(inboxes: readonly string[]): Promise<void> {
    const incarnations = (some: readonly string[]) => this.#cluster.incarnations(some)
    const changed = [...(await incarnations(inboxes))]
      .filter(([inbox, now]) => this.#followed.get(inbox)?.incarnation !== now)
      .map(([inbox]) => inbox)
    if (changed.length === 0) return
    const starts = await this.#listeners.begin(changed, incarnations)
    for (const inbox of changed) {
      const followed = this.#followed.get(inbox)
      const { incarnation, next } = starts.get(inbox) ?? { incarnation: null, next: 0 }
      if (followed !== undefined) Object.assign(followed, { incarnation, next })
    }
  }

  #pause(inbox: string, ms: number): void {
    const followed = this.#followed.get(inbox)
    if (followed !== undefined) followed.pausedUntilMs = performance.now() + ms
  }

  async #fetch(offsets: ReadonlyMap<string, number>): Promise<void> {
    const fetched = await this.#cluster.fetch(offsets)
    if (fetched.size === 0) return
    const now = await this.#cluster.incarnations([...fetched.keys()])
    for (const [inbox, messages] of fetched) {
      const followed = this.#followed.get(inbox)
      if (followed === undefined || followed.busy !== null) continue
      if (followed.incarnation !== null && now.get(inbox) === followed.incarnation)
        this.#take(inbox, followed, messages)
      else this.#unchecked.add(inbox)
    }
  }

  /** One that is gone, or holds what cannot be decoded, must not stop the others. */
  async #isolate(offsets: ReadonlyMap<string, number>): Promise<void> {
    let failed = 0
    for (const [inbox, offset] of offsets) {
      if (this.#closed) return
      try {
        await this.#fetch(new Map([[inbox, offset]]))
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

  #take(inbox: string, followed: Followed, messages: FetchedMessage[]): void {
    followed.busy = this.#handOver(inbox, followed, messages).then(() => {
      followed.busy = null
      this.#wake()
    })
  }

  async #handOver(inbox: string, followed: Followed, messages: FetchedMessage[]): Promise<void> {
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

/** All that is wrong with brokers and connections has a name of the library's. What is wrong with the bytes has not, or is not implemented. */
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

import { setTimeout as sleep } from 'node:timers/promises'
import type { InboxRecord } from '../bridge.ts'
import { type InboxCluster, NoLeader } from './inbox-cluster.ts'
import type { FetchedMessage } from './kafkajs-internals.ts'

export interface LaneListeners {
  onRecord: (record: InboxRecord) => Promise<void>
  onUnreadable: (inbox: string, error: unknown) => void
}

interface Followed {
  next: number
  /** Handing over what was fetched; not fetched again until then. */
  busy: Promise<void> | null
  /** Not before then, after something that could not be read. */
  pausedUntilMs: number
}

const retryMs = 1_000
const pauseMs = 10_000
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Some of the followed inboxes, fetched together over connections of their own. */
export class InboxLane {
  readonly #cluster: InboxCluster
  readonly #listeners: LaneListeners
  readonly #followed = new Map<string, Followed>()
  readonly #loop: Promise<void>
  /** Not looked at yet: whether the start lies within what is there. */
  readonly #unchecked = new Set<string>()
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

  add(inbox: string, start: number): void {
    this.#followed.set(inbox, { next: start, busy: null, pausedUntilMs: 0 })
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
      const offsets = this.#due()
      if (offsets.size === 0) {
        await this.#idle()
        continue
      }
      try {
        if (this.#unchecked.size > 0) await this.#check()
        else this.#take(await this.#cluster.fetch(offsets))
      } catch {
        this.#cluster.forgetLeaders()
        await this.#isolate(offsets)
      }
    }
  }

  #due(): ReadonlyMap<string, number> {
    const nowMs = performance.now()
    const due = [...this.#followed].filter(
      ([, { busy, pausedUntilMs }]) => busy === null && pausedUntilMs <= nowMs,
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

  /** Records may have been removed by age, or the inbox was made anew. */
  async #check(): Promise<void> {
    const inboxes = [...this.#unchecked]
    const bounds = await this.#cluster.bounds(inboxes)
    for (const inbox of inboxes) {
      const range = bounds.get(inbox)
      const followed = this.#followed.get(inbox)
      if (followed === undefined) continue
      if (range === undefined) followed.pausedUntilMs = performance.now() + retryMs
      else {
        if (followed.next < range.start || followed.next > range.end) followed.next = range.start
        this.#unchecked.delete(inbox)
      }
    }
    if ([...this.#unchecked].some((inbox) => this.#followed.has(inbox))) {
      this.#cluster.forgetLeaders()
      await sleep(pollMs)
    }
  }

  /** One that is gone, or holds what cannot be decoded, must not stop the others. */
  async #isolate(offsets: ReadonlyMap<string, number>): Promise<void> {
    let failed = 0
    for (const [inbox, offset] of offsets) {
      if (this.#closed) return
      try {
        this.#take(await this.#cluster.fetch(new Map([[inbox, offset]])))
      } catch (error) {
        failed += 1
        if (isUnreadable(error)) this.#listeners.onUnreadable(inbox, error)
        const followed = this.#followed.get(inbox)
        if (followed !== undefined) {
          followed.pausedUntilMs = performance.now() + (failed === offsets.size ? retryMs : pauseMs)
          this.#unchecked.add(inbox)
        }
        // The brokers are away: there is no use in asking for each inbox.
        if (failed >= maxFailures) {
          await sleep(retryMs)
          return
        }
      }
    }
  }

  #take(fetched: ReadonlyMap<string, FetchedMessage[]>): void {
    for (const [inbox, messages] of fetched) {
      const followed = this.#followed.get(inbox)
      if (followed === undefined || followed.busy !== null) continue
      followed.busy = this.#handOver(inbox, followed, messages).then(() => {
        followed.busy = null
        this.#wake()
      })
    }
  }

  async #handOver(inbox: string, followed: Followed, messages: FetchedMessage[]): Promise<void> {
    for (const { offset, key, value, isControlRecord } of messages) {
      if (this.#followed.get(inbox) !== followed) return
      try {
        if (isControlRecord !== true)
          await this.#listeners.onRecord({
            inbox,
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

const pollMs = 100
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

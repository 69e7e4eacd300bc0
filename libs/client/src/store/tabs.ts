import { RookeryError } from '../errors.ts'
import { randomId } from '../options.ts'
import { fromSent, toSent } from './feed.ts'
import type { Call, FeedMessage, Leader, SentError } from './feed.ts'

/** Calls of one tab that may wait for their answers. */
const maxCalls = 2000

/** What the tab with the socket runs. */
export interface Engine {
  call(call: Call): Promise<unknown>
  /** The messages that bring a tab up to date that comes later. */
  state(): FeedMessage[]
  close(): Promise<void>
}

export interface TabsOptions {
  name: string
  /** Null: this tab leads without asking the others. */
  locks: Promise<Pick<LockManager, 'request'> | null>
  /** Called once, when this tab leads. Messages to `tell` go to all tabs. */
  lead(tell: (message: FeedMessage) => void): Promise<Engine>
  onFeed(message: FeedMessage): void
  /** A draft was changed in another tab. */
  onDraft(channelId: string, text: string): void
  /** Another tab has removed everything that is kept of this user. */
  onForgotten(): void
  /** The state of a leader has come. What it does not hold is not in the outbox. */
  onAttached(leads: boolean): void
  onLeadFailed(error: unknown): void
}

type Letter =
  /** A new tab, or one that missed something, asks for the state. */
  | { kind: 'attach'; from: string }
  /** A tab leads from now on. */
  | { kind: 'leads'; from: string }
  | { kind: 'state'; from: string; to: string; messages: FeedMessage[] }
  | { kind: 'feed'; from: string; message: FeedMessage }
  | { kind: 'call'; from: string; to: string; id: number; call: Call }
  | { kind: 'answer'; from: string; to: string; id: number; value: unknown }
  | { kind: 'refusal'; from: string; to: string; id: number; error: SentError }
  | { kind: 'draft'; channelId: string; text: string }
  | { kind: 'forgotten' }

interface Waiting {
  call: Call
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

/**
 * The tabs of one user in one browser. One of them leads: it holds the lock and the socket. A tab
 * goes through these phases:
 * 1. Following: it asks for the lock, and asks the leader for the state (`attach`). Until the state
 *    comes, it ignores the feed. Then it takes every message of the feed.
 * 2. Leading: the leader before it is gone, so it gets the lock. It starts the engine, and tells
 *    the others (`leads`). They attach to it and repeat their calls that have no answer. Repeats
 *    are harmless: entries of the outbox have names, and other calls have the same effect twice.
 */
export class Tabs implements Leader {
  readonly #options: TabsOptions
  readonly #id = randomId()
  #letters: BroadcastChannel | null = null
  readonly #calls = new Map<number, Waiting>()
  readonly #leaving = new AbortController()
  #count = 0
  #engine: Engine | null = null
  #leaderId: string | null = null
  #attached = false
  #released: () => void = () => {}
  #closed = false

  constructor(options: TabsOptions) {
    this.#options = options
    void this.#waitToLead()
  }

  call(call: Call): Promise<unknown> {
    if (this.#closed) return Promise.reject(closed())
    if (this.#engine !== null) return this.#engine.call(call)
    if (this.#calls.size >= maxCalls) {
      const message = `${maxCalls} calls already wait for an answer; try again later`
      return Promise.reject(new RookeryError('outbox_full', message))
    }
    return new Promise((resolve, reject) => {
      const id = ++this.#count
      this.#calls.set(id, { call, resolve, reject })
      this.#ask(id, call)
    })
  }

  tellDraft(channelId: string, text: string): void {
    this.#post({ kind: 'draft', channelId, text })
  }

  tellForgotten(): void {
    this.#post({ kind: 'forgotten' })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#leaving.abort()
    for (const { reject } of this.#calls.values()) reject(closed())
    this.#calls.clear()
    await this.#engine?.close()
    this.#letters?.close()
    this.#released()
  }

  async #waitToLead(): Promise<void> {
    const { name } = this.#options
    try {
      const locks = await this.#options.locks
      if (this.#closed) return
      if (locks === null) return await this.#lead()
      this.#letters = new BroadcastChannel(name)
      this.#letters.onmessage = ({ data }: MessageEvent<Letter>) => this.#received(data)
      this.#post({ kind: 'attach', from: this.#id })
      await locks.request(name, { signal: this.#leaving.signal }, async () => {
        const released = new Promise<void>((resolve) => {
          this.#released = resolve
        })
        await this.#lead()
        await released
      })
    } catch (error) {
      if (!this.#closed) this.#options.onLeadFailed(error)
    }
  }

  async #lead(): Promise<void> {
    if (this.#closed) return this.#released()
    const engine = await this.#options.lead((message) => {
      if (this.#closed) return
      this.#options.onFeed(message)
      this.#post({ kind: 'feed', from: this.#id, message })
    })
    if (this.#closed) return engine.close()
    this.#engine = engine
    this.#leaderId = this.#id
    for (const message of engine.state()) this.#options.onFeed(message)
    this.#options.onAttached(true)
    this.#post({ kind: 'leads', from: this.#id })
    for (const { call, resolve, reject } of this.#calls.values()) {
      engine.call(call).then(resolve, reject)
    }
    this.#calls.clear()
  }

  #received(letter: Letter): void {
    if (this.#closed) return
    switch (letter.kind) {
      case 'draft':
        return this.#options.onDraft(letter.channelId, letter.text)
      case 'forgotten':
        return this.#options.onForgotten()
      case 'attach':
        if (this.#engine === null) return
        return this.#post({
          kind: 'state',
          from: this.#id,
          to: letter.from,
          messages: this.#engine.state(),
        })
      case 'leads':
        this.#attached = false
        return this.#post({ kind: 'attach', from: this.#id })
      case 'state':
        return this.#attach(letter)
      case 'feed':
        if (this.#attached && letter.from === this.#leaderId) this.#options.onFeed(letter.message)
        return
      case 'call':
        return this.#answer(letter)
      case 'answer':
      case 'refusal': {
        const waiting = letter.to === this.#id ? this.#calls.get(letter.id) : undefined
        if (waiting === undefined) return
        this.#calls.delete(letter.id)
        if (letter.kind === 'answer') waiting.resolve(letter.value)
        else waiting.reject(fromSent(letter.error))
      }
    }
  }

  #attach({ from, to, messages }: Extract<Letter, { kind: 'state' }>): void {
    if (to !== this.#id || this.#engine !== null) return
    const isNew = from !== this.#leaderId
    this.#leaderId = from
    this.#attached = true
    for (const message of messages) this.#options.onFeed(message)
    if (isNew) this.#options.onAttached(false)
    if (isNew) for (const [id, { call }] of this.#calls) this.#ask(id, call)
  }

  #answer({ from, to, id, call }: Extract<Letter, { kind: 'call' }>): void {
    const engine = this.#engine
    if (to !== this.#id || engine === null) return
    const reply = { from: this.#id, to: from, id }
    engine.call(call).then(
      (value) => this.#post({ ...reply, kind: 'answer', value }),
      (error: unknown) => this.#post({ ...reply, kind: 'refusal', error: toSent(error) }),
    )
  }

  /** Without a leader it is asked when one is found. */
  #ask(id: number, call: Call): void {
    if (this.#leaderId === null) return
    this.#post({ kind: 'call', from: this.#id, to: this.#leaderId, id, call })
  }

  #post(letter: Letter): void {
    if (!this.#closed) this.#letters?.postMessage(letter)
  }
}

function closed(): RookeryError {
  return new RookeryError('closed', 'the store was closed')
}

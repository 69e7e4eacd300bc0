import type { Operation } from './operation.ts'

/** An event as a client got it: its frame, without the requestId. */
export interface EventView extends Record<string, unknown> {
  type: string
  channelId: string
  seq: number
}
/** One message of a history page, as of the read. */
export interface ReadMessage extends Record<string, unknown> {
  seq: number
  content?: string | undefined
}

/**
 * What users did and what they were sent. `at` is in ms of this process's monotonic clock, and
 * entries are in its order.
 */
export type Entry = { at: number } & (
  | { kind: 'invoked'; op: number; user: string; operation: Operation }
  /** `seq`: that of its event; null if the answer has none. */
  | { kind: 'acked'; op: number; seq: number | null }
  /** The answer was a final error: the operation took no effect. */
  | { kind: 'refused'; op: number; code: string }
  /** There was no answer: the operation may have taken effect or not. */
  | { kind: 'unknown'; op: number; why: string }
  /**
   * The answer was `superseded`, so the operation was sent again under a new number. Its place in
   * the order of its session is a later one.
   */
  | { kind: 'renumbered'; op: number }
  /** A shown list begins: the next event to show is `last` + 1. */
  | { kind: 'opened'; user: string; channelId: string; last: number }
  | { kind: 'shown'; user: string; event: EventView }
  /** The user got `channel_left` or its like, which ends the shown list. */
  | { kind: 'closed'; user: string; channelId: string }
  /** The event reached a socket, shown or not. Only bare sockets note this. */
  | {
      kind: 'received'
      user: string
      socket: number
      via: 'push' | 'answer' | 'sync'
      event: EventView
    }
  /** The server declared the shown events void, although the log is the same. */
  | { kind: 'reset'; user: string; channelId: string; head: number }
  | { kind: 'up'; user: string }
  | { kind: 'down'; user: string; why: string }
  /** The server told the user to stay away. */
  | { kind: 'turned-away'; user: string; code: string }
  /** The newest page of a history was asked for at `from`, and answered at `at`. */
  | {
      kind: 'read'
      user: string
      channelId: string
      from: number
      head: number
      messages: readonly ReadMessage[]
    }
  /** A fault lasts from `apply` to `heal`. */
  | { kind: 'fault'; name: string; phase: 'apply' | 'heal' }
)
export type EntryKind = Entry['kind']
type Fresh = Entry extends infer One ? (One extends Entry ? Omit<One, 'at'> : never) : never

export class History {
  readonly entries: Entry[] = []
  readonly #counts = new Map<EntryKind, number>()
  #operations = 0

  /** For tests of the checker: a history of given entries. */
  static of(entries: readonly Entry[]): History {
    const history = new History()
    for (const entry of entries) history.#note(entry)
    return history
  }

  /** @returns the time of the entry, by the history's clock */
  add(entry: Fresh): number {
    const at = performance.now()
    this.#note({ at, ...entry } as Entry)
    return at
  }

  /** A number that no other operation of this history has. */
  nextOperation(): number {
    this.#operations += 1
    return this.#operations
  }

  count(kind: EntryKind): number {
    return this.#counts.get(kind) ?? 0
  }

  /** One entry a line. */
  toLines(): string {
    return `${this.entries.map((entry) => JSON.stringify(entry)).join('\n')}\n`
  }

  #note(entry: Entry): void {
    this.entries.push(entry)
    this.#counts.set(entry.kind, this.count(entry.kind) + 1)
  }
}

import type { Operation } from './operation.ts'

/** An event as a client was given it: its frame, without the requestId. */
export interface EventView extends Record<string, unknown> {
  type: string
  channelId: string
  seq: number
}
/** One message of a history page, as it was then. */
export interface ReadMessage extends Record<string, unknown> {
  seq: number
  content?: string | undefined
}

/**
 * What users did and were told. `at` is milliseconds of this process's one monotonic clock; entries
 * stand in its order.
 */
export type Entry = { at: number } & (
  | { kind: 'invoked'; op: number; user: string; operation: Operation }
  /** `seq` of its event; null when the answer says none. */
  | { kind: 'acked'; op: number; seq: number | null }
  /** A final error: it took no effect. */
  | { kind: 'refused'; op: number; code: string }
  /** Nobody can say: it may be there or not. */
  | { kind: 'unknown'; op: number; why: string }
  /**
   * Was answered `superseded`, and went out under a new number: its place in its session's order is
   * a later one.
   */
  | { kind: 'renumbered'; op: number }
  /** A shown list begins: the next event to show is `last` + 1. */
  | { kind: 'opened'; user: string; channelId: string; last: number }
  | { kind: 'shown'; user: string; event: EventView }
  /** The user was told that the channel is no longer theirs; ends the shown list. */
  | { kind: 'closed'; user: string; channelId: string }
  /** Reached a socket, whether it was shown or not (bare sockets only). */
  | {
      kind: 'received'
      user: string
      socket: number
      via: 'push' | 'answer' | 'sync'
      event: EventView
    }
  /** The server said that what was shown is void, though the log is the same. */
  | { kind: 'reset'; user: string; channelId: string; head: number }
  | { kind: 'up'; user: string }
  | { kind: 'down'; user: string; why: string }
  /** Told to stay away. */
  | { kind: 'turned-away'; user: string; code: string }
  /** A newest history page was asked for at `from`, and answered. */
  | {
      kind: 'read'
      user: string
      channelId: string
      from: number
      head: number
      messages: readonly ReadMessage[]
    }
  /** `apply` to `heal`: what went wrong lasted. */
  | { kind: 'fault'; name: string; phase: 'apply' | 'heal' }
)
export type EntryKind = Entry['kind']
type Fresh = Entry extends infer One ? (One extends Entry ? Omit<One, 'at'> : never) : never

export class History {
  readonly entries: Entry[] = []
  readonly #counts = new Map<EntryKind, number>()
  #operations = 0

  /** For tests of the checker: a history is only entries. */
  static of(entries: readonly Entry[]): History {
    const history = new History()
    for (const entry of entries) history.#note(entry)
    return history
  }

  /** @returns when, by the history's clock */
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

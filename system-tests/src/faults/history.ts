/** What users did and saw, in the order in which it happened here: one list, one clock. */
export type Entry =
  /** `text` is unique in the whole run. */
  | { kind: 'sent'; at: number; user: string; channelId: string; text: string }
  | { kind: 'acked'; at: number; user: string; channelId: string; text: string; seq: number }
  /** Given up with a final error: it may be there or not. */
  | { kind: 'refused'; at: number; user: string; channelId: string; text: string; code: string }
  | { kind: 'shown'; at: number; user: string; channelId: string; text: string | null; seq: number }

export class History {
  readonly entries: Entry[] = []
  /** For tests of the checker: a history is only entries. */
  static of(entries: readonly Entry[]): History {
    const history = new History()
    history.entries.push(...entries)
    return history
  }

  add(entry: Entry): void {
    this.entries.push(entry)
  }

  acked(): Extract<Entry, { kind: 'acked' }>[] {
    return this.entries.filter((entry) => entry.kind === 'acked')
  }
}

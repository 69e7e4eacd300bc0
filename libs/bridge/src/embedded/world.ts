import type { Registration, Request, RequestKind } from '../bridge.ts'

export interface StoredRecord {
  sender: string | null
  text: Uint8Array | null
  origin: { epoch: number; channelId: string; seq: number } | null
}
export interface StoredRequest extends Request {
  settled: Promise<void>
  settle: () => void
}
export interface Inbox {
  incarnation: string
  records: StoredRecord[]
}

/** The tree and the inboxes that the bridges of one process share. They end with the process. */
export class World {
  readonly requests: Record<RequestKind, Map<string, StoredRequest>> = {
    enroll: new Map(),
    quit: new Map(),
    account_enroll: new Map(),
    account_quit: new Map(),
  }
  readonly registry: Map<string, Registration> = new Map()
  readonly online: Map<string, symbol> = new Map()
  readonly choices: Map<string, { incarnation: string; offset: number; sender: string }> = new Map()
  readonly inboxes: Map<string, Inbox> = new Map()
  readonly deadLetters: { inbox: string; offset: number; reason: string }[] = []
  readonly #listeners = new Set<() => void>()
  #changing = false
  #made = 0

  /** Ascending, also in the order of texts. */
  nextIncarnation(): string {
    this.#made += 1
    return this.#made.toString(16).padStart(16, '0')
  }

  /** Calls the listener soon after changes, once for all changes of a turn of the event loop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  changed(): void {
    if (this.#changing) return
    this.#changing = true
    setImmediate(() => {
      this.#changing = false
      for (const listener of this.#listeners) listener()
    })
  }
}

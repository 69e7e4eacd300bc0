import type { Database } from './database.ts'
import { Piece } from './piece.ts'

/** Changes of this time are written together. */
const writeAfterMs = 300

/** Unfinished texts by channelId. The last write of any tab wins. */
export class Drafts {
  readonly piece: Piece<ReadonlyMap<string, string>>
  readonly #database: Promise<Database | null>
  readonly #onChanged: (channelId: string) => void
  readonly #tell: (channelId: string, text: string) => void
  readonly #texts = new Map<string, string>()
  readonly #unwritten = new Set<string>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    database: Promise<Database | null>,
    onChanged: (channelId: string) => void,
    tell: (channelId: string, text: string) => void,
  ) {
    this.#database = database
    this.#onChanged = onChanged
    this.#tell = tell
    this.piece = new Piece(() => new Map(this.#texts))
  }

  get(channelId: string): string | null {
    return this.#texts.get(channelId) ?? null
  }

  restore(drafts: ReadonlyMap<string, string>): void {
    for (const [channelId, text] of drafts) {
      if (!this.#unwritten.has(channelId)) this.show(channelId, text)
    }
  }

  set(channelId: string, text: string): void {
    if ((this.get(channelId) ?? '') === text) return
    this.show(channelId, text)
    this.#unwritten.add(channelId)
    this.#timer ??= setTimeout(() => void this.flush(), writeAfterMs)
  }

  /** Takes a draft that another tab has written. */
  show(channelId: string, text: string): void {
    if (text === '') this.#texts.delete(channelId)
    else this.#texts.set(channelId, text)
    this.piece.changed()
    this.#onChanged(channelId)
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const database = await this.#database
    const channelIds = [...this.#unwritten]
    this.#unwritten.clear()
    for (const channelId of channelIds) {
      const text = this.get(channelId) ?? ''
      this.#tell(channelId, text)
      // Without room, it stays in the tabs' memory.
      await database?.writeDraft(channelId, text).catch(() => {})
    }
  }
}

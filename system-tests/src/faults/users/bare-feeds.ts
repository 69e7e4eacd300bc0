import type { EventView, History } from '../history.ts'
import type { Frame } from './bare-socket.ts'
import { ShownLists } from './shown-lists.ts'

interface SyncedPart {
  events?: EventView[]
  head?: number
  more?: boolean
  reset?: boolean
  error?: { code: string }
}

const eventTypes = new Set([
  'channel_created',
  'chat_message',
  'participant_joined',
  'participant_left',
  'role_changed',
  'channel_updated',
  'message_edited',
  'message_deleted',
  'reaction_added',
  'reaction_removed',
])
const syncAnswerWithinMs = 10_000
const maxHeld = 2_000

/**
 * Handles events as docs/protocol.md says: shows the event at last + 1, drops lower ones, and fills
 * a gap with `sync`, one request at a time.
 */
export class BareFeeds {
  readonly lists: ShownLists
  readonly #user: string
  readonly #history: History
  readonly #send: (frame: unknown) => boolean
  readonly #held = new Map<string, Map<number, EventView>>()
  /** The channels for which the next `sync` asks. */
  readonly #toSync = new Set<string>()
  #asked: { at: number; requestId: string; channels: Record<string, number> } | null = null
  #syncs = 0

  constructor(user: string, history: History, send: (frame: unknown) => boolean) {
    this.#user = user
    this.#history = history
    this.#send = send
    this.lists = new ShownLists(user, history)
  }

  static isEvent(frame: Frame): boolean {
    return eventTypes.has(frame.type)
  }

  /**
   * A new socket got its list: missing events of known channels are fetched, new channels begin at
   * their head.
   */
  listed(channels: readonly Frame[]): void {
    this.#asked = null
    const listed = new Set(channels.map(({ channelId }) => channelId))
    for (const channelId of this.lists.last.keys())
      if (!listed.has(channelId)) this.closed(channelId)
    for (const { channelId, head } of channels) this.opened(channelId, head)
    this.#sync()
  }

  /** The user is in the channel, whose head is known. */
  opened(channelId: string, head: number): void {
    const last = this.lists.last.get(channelId)
    if (last === undefined) {
      this.lists.open(channelId, head)
      this.#showHeld(channelId)
      // The state may be older: `sync` from its last seq, whatever the head is.
    } else if (last !== head) this.#requestSync(channelId)
  }

  closed(channelId: string): void {
    this.lists.close(channelId)
    this.#held.delete(channelId)
    this.#toSync.delete(channelId)
  }

  /** The channel has events up to `head`. */
  head(channelId: string, head: number): void {
    if ((this.lists.last.get(channelId) ?? head) < head) this.#requestSync(channelId)
  }

  receive(frame: Frame, socket: number, fromSync = false): void {
    const { requestId, ...event } = frame
    const via = fromSync ? 'sync' : requestId === undefined ? 'push' : 'answer'
    const { channelId, seq } = event
    this.#history.add({ kind: 'received', user: this.#user, socket, via, event })
    if (!this.lists.isOpen(channelId) && event.type === 'channel_created')
      this.lists.open(channelId, 0)
    const last = this.lists.last.get(channelId)
    if (last !== undefined && seq <= last) return
    let held = this.#held.get(channelId)
    if (held === undefined) this.#held.set(channelId, (held = new Map<number, EventView>()))
    if (held.size < maxHeld) held.set(seq, event)
    if (last === undefined) return
    this.#showHeld(channelId)
    if (held.size > 0) this.#requestSync(channelId)
  }

  synced(frame: Frame, socket: number): void {
    const asked = this.#asked
    if (asked === null || frame.requestId !== asked.requestId) return
    this.#asked = null
    const channels = frame['channels'] as Record<string, SyncedPart>
    for (const [channelId, from] of Object.entries(asked.channels))
      this.#syncedOne(channelId, from, channels[channelId] ?? {}, socket)
    this.#sync()
  }

  /** Called about every second: asks again if a sync was refused or has no answer. */
  tick(): void {
    const asked = this.#asked
    if (asked !== null && performance.now() - asked.at > syncAnswerWithinMs) this.refused(asked)
    this.#sync()
  }

  /** @returns true if the error answers a sync */
  refused({ requestId }: { requestId?: string }): boolean {
    const asked = this.#asked
    if (asked === null || asked.requestId !== requestId) return false
    for (const channelId of Object.keys(asked.channels)) this.#toSync.add(channelId)
    this.#asked = null
    return true
  }

  #syncedOne(channelId: string, from: number, part: SyncedPart, socket: number): void {
    if (!this.lists.isOpen(channelId)) return
    if (part.error !== undefined) {
      if (['not_found', 'forbidden'].includes(part.error.code)) this.closed(channelId)
      else this.#toSync.add(channelId)
      return
    }
    const head = part.head ?? 0
    if (part.reset === true || from > head) return this.lists.reset(channelId, head)
    for (const event of part.events ?? []) this.receive(event as Frame, socket, true)
    if ((this.lists.last.get(channelId) ?? head) < head) this.#toSync.add(channelId)
  }

  #showHeld(channelId: string): void {
    const held = this.#held.get(channelId)
    if (held === undefined) return
    let last = this.lists.last.get(channelId) ?? 0
    for (const seq of held.keys()) if (seq <= last) held.delete(seq)
    for (let next = held.get(last + 1); next !== undefined; next = held.get(last + 1)) {
      held.delete(next.seq)
      this.lists.show(next)
      last = next.seq
    }
    if (held.size > 0) this.#requestSync(channelId)
  }

  #requestSync(channelId: string): void {
    this.#toSync.add(channelId)
    this.#sync()
  }

  #sync(): void {
    if (this.#asked !== null || this.#toSync.size === 0) return
    const channels: Record<string, number> = {}
    for (const channelId of this.#toSync) {
      const last = this.lists.last.get(channelId)
      if (last !== undefined) channels[channelId] = last
    }
    this.#toSync.clear()
    if (Object.keys(channels).length === 0) return
    this.#syncs += 1
    const requestId = `sync${this.#syncs}`
    this.#asked = { at: performance.now(), requestId, channels }
    if (!this.#send({ type: 'sync', channels, requestId })) this.refused({ requestId })
  }
}

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
 * Events and gaps, as the protocol has them: shows seq = last + 1, drops what is below, and on a
 * hole asks with `sync`, one at a time.
 */
export class BareFeeds {
  readonly lists: ShownLists
  readonly #user: string
  readonly #history: History
  readonly #send: (frame: unknown) => boolean
  readonly #held = new Map<string, Map<number, EventView>>()
  readonly #wanted = new Set<string>()
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
   * A new socket's list: what is missing of known channels is fetched, new ones begin at their
   * head.
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
      // With older state: `sync` from its last, whatever the head says.
    } else if (last !== head) this.#want(channelId)
  }

  closed(channelId: string): void {
    this.lists.close(channelId)
    this.#held.delete(channelId)
    this.#wanted.delete(channelId)
  }

  /** The channel is so far. */
  head(channelId: string, head: number): void {
    if ((this.lists.last.get(channelId) ?? head) < head) this.#want(channelId)
  }

  take(frame: Frame, socket: number, fromSync = false): void {
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
    if (held.size > 0) this.#want(channelId)
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

  /** The sync was refused, or has no answer: asks again. To be called every second or so. */
  tick(): void {
    const asked = this.#asked
    if (asked !== null && performance.now() - asked.at > syncAnswerWithinMs) this.refused(asked)
    this.#sync()
  }

  /** @returns whether the error was the answer to a sync */
  refused({ requestId }: { requestId?: string }): boolean {
    const asked = this.#asked
    if (asked === null || asked.requestId !== requestId) return false
    for (const channelId of Object.keys(asked.channels)) this.#wanted.add(channelId)
    this.#asked = null
    return true
  }

  #syncedOne(channelId: string, from: number, part: SyncedPart, socket: number): void {
    if (!this.lists.isOpen(channelId)) return
    if (part.error !== undefined) {
      if (['not_found', 'forbidden'].includes(part.error.code)) this.closed(channelId)
      else this.#wanted.add(channelId)
      return
    }
    const head = part.head ?? 0
    if (part.reset === true || from > head) return this.lists.reset(channelId, head)
    for (const event of part.events ?? []) this.take(event as Frame, socket, true)
    if ((this.lists.last.get(channelId) ?? head) < head) this.#wanted.add(channelId)
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
    if (held.size > 0) this.#want(channelId)
  }

  #want(channelId: string): void {
    this.#wanted.add(channelId)
    this.#sync()
  }

  #sync(): void {
    if (this.#asked !== null || this.#wanted.size === 0) return
    const channels: Record<string, number> = {}
    for (const channelId of this.#wanted) {
      const last = this.lists.last.get(channelId)
      if (last !== undefined) channels[channelId] = last
    }
    this.#wanted.clear()
    if (Object.keys(channels).length === 0) return
    this.#syncs += 1
    const requestId = `sync${this.#syncs}`
    this.#asked = { at: performance.now(), requestId, channels }
    if (!this.#send({ type: 'sync', channels, requestId })) this.refused({ requestId })
  }
}

import { type Bridge, BridgeError } from '@rookery/bridge'
import { channelKindOf, type EventRow } from '@rookery/domain'
import type { MessageStore } from '@rookery/message-store'
import { type Logger, Reconciler } from '@rookery/service-kit'
import type { Manager } from './manager.ts'

export interface WorkerMailboxDeps {
  bridge: Pick<Bridge, 'write' | 'lastWritten'>
  manager: Pick<Manager, 'keeper' | 'registry'>
  store: Pick<MessageStore, 'cursor' | 'advanceCursor' | 'events'>
  /**
   * Whether this process surely still leads, judged by its clock. A process that was frozen must
   * not repeat the work of the leader after it.
   */
  stillSure: () => boolean
  logger: Logger
  onWritten: () => void
}

/** The consumer whose cursor says up to which seq a channel is in the inbox. */
const consumerName = '_inbox'
const pageSize = 100
const retryMs = 1_000

/**
 * Copies messages from the direct channels of one worker to its inbox, also while it is offline.
 * There is one write at a time, and the cursor moves after it. So at most the last write is in
 * doubt. At the start and after a doubtful write, the end of the inbox is read back.
 *
 * Example: the cursor is 6, and the write of seq 7 has no answer. If the inbox ends with seq 7, the
 * write has succeeded, and 7 is not written again.
 */
export class WorkerMailbox {
  readonly username: string
  readonly #workerId: string
  readonly #deps: WorkerMailboxDeps
  readonly #signal: AbortSignal
  readonly #trigger: Reconciler
  readonly #cursors = new Map<string, number>()
  /** Channels whose cursor is further here than in the store. */
  readonly #unstored = new Set<string>()
  readonly #waiting = new Set<string>()
  /** Records of unknown content may have been written before this time; null: none. */
  #inDoubtSinceMs: number | null
  #written: ReadonlyMap<string, { epoch: number; seq: number }> = new Map()

  constructor(workerId: string, deps: WorkerMailboxDeps, sinceMs: number, signal: AbortSignal) {
    this.#workerId = workerId
    this.username = workerId.toLowerCase()
    this.#deps = deps
    this.#signal = signal
    this.#inDoubtSinceMs = sinceMs
    this.#trigger = new Reconciler(() => this.#deliver(), {
      onError: (error) => {
        deps.logger.warn(
          { err: error, workerId },
          'messages could not be written to an inbox, tried again in a second',
        )
        setTimeout(() => this.#trigger.poke(), retryMs).unref()
      },
    })
  }

  get channels(): ReadonlySet<string> {
    return new Set(this.#cursors.keys())
  }

  /** @returns whether the channel is new here and direct: only direct channels go to inboxes */
  addChannel(channelId: string): boolean {
    if (channelKindOf(channelId) !== 'direct' || this.#cursors.has(channelId)) return false
    this.#cursors.set(channelId, -1)
    this.wake(channelId)
    return true
  }

  /** Call when the channel may have events above the cursor. */
  wake(channelId: string, head: number = Infinity): void {
    const cursor = this.#cursors.get(channelId)
    if (cursor === undefined || cursor >= head) return
    this.#waiting.add(channelId)
    this.#trigger.poke()
  }

  close(): Promise<void> {
    return this.#trigger.close()
  }

  async #deliver(): Promise<void> {
    for (const channelId of this.#waiting) {
      this.#waiting.delete(channelId)
      try {
        await this.#deliverChannel(channelId)
      } catch (error) {
        this.#waiting.add(channelId)
        throw error
      }
    }
  }

  async #deliverChannel(channelId: string): Promise<void> {
    const { store } = this.#deps
    const key = { channelId, username: this.username, name: consumerName }
    let cursor = this.#cursors.get(channelId) ?? -1
    if (cursor < 0) cursor = await store.cursor(key)
    const advance = async (seq: number): Promise<void> => {
      await store.advanceCursor(key, seq)
      this.#unstored.delete(channelId)
    }
    if (this.#unstored.has(channelId)) await advance(cursor)
    for (;;) {
      const events = await store.events(channelId, { after: cursor, limit: pageSize })
      let passed = cursor
      for (const event of events) {
        this.#requireLeadership()
        if (isForWorker(event, this.username)) {
          await this.#write(event)
          this.#unstored.add(channelId)
        }
        passed = event.seq
        this.#cursors.set(channelId, passed)
        if (this.#unstored.has(channelId)) await advance(passed)
      }
      if (passed > cursor && !isForWorker(events.at(-1), this.username)) await advance(passed)
      cursor = passed
      this.#cursors.set(channelId, cursor)
      if (events.length < pageSize) return
    }
  }

  async #write({ channelId, seq, position, user, text }: EventRow): Promise<void> {
    const { bridge, manager, onWritten } = this.#deps
    await manager.keeper.open([this.#workerId])
    this.#requireLeadership()
    if (this.#inDoubtSinceMs !== null) {
      this.#written = await bridge.lastWritten(this.#workerId, this.#inDoubtSinceMs)
      this.#inDoubtSinceMs = null
      this.#requireLeadership()
    }
    const last = this.#written.get(channelId)
    if (last !== undefined && last.epoch === position.epoch && last.seq >= seq) return
    try {
      const origin = { epoch: position.epoch, channelId, seq }
      await bridge.write(this.#workerId, { sender: user, text: text?.content ?? '', origin })
    } catch (error) {
      if (error instanceof BridgeError && error.code === 'unknown')
        this.#inDoubtSinceMs = performance.now()
      // The inbox may have been deleted by hand: the next try makes it if it is missing.
      else manager.keeper.inboxes.delete(this.#workerId)
      throw error
    }
    onWritten()
  }

  #requireLeadership(): void {
    const { stillSure, manager } = this.#deps
    const { keeper, registry } = manager
    const isOurs = registry.workers.has(this.#workerId) && !keeper.quitting.has(this.#workerId)
    if (this.#signal.aborted || !isOurs || !stillSure())
      throw new BridgeError(
        'unavailable',
        'this process may not write to the inbox now, the leader does',
      )
  }
}

/** Messages of the worker itself must not go back to it. */
function isForWorker(event: EventRow | undefined, username: string): boolean {
  return event?.body.type === 'chat_message' && event.user !== username && event.text !== null
}

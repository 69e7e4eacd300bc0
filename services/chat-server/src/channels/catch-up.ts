import { setTimeout as delay } from 'node:timers/promises'
import type { Routing } from '@rookery/directory'
import { eventPush, type EventPush } from '@rookery/domain'
import type { MessageLog } from '@rookery/log'
import type { MessageStore } from '@rookery/message-store'
import type { Logger } from '@rookery/service-kit'
import type { ChatCounters } from '../counters.ts'

export interface CatchUpDeps {
  store: Pick<MessageStore, 'events' | 'channel'>
  routing: Pick<Routing, 'correctHead'>
  log: Pick<MessageLog, 'epoch'>
  logger: Pick<Logger, 'warn'>
  counters: Pick<ChatCounters, 'repairs'>
}

/** The hub for which missing events are read. */
export interface Behind {
  readonly channelId: string
  position(): number
  /** Takes the event at position + 1. */
  deliver(event: EventPush): void
}

const rangeSize = 200
const missesBeforeCheck = 3
const retryMs = 50

/** Reads the events of a channel that no push brought, once for all its sockets. */
export class CatchUp {
  readonly #deps: CatchUpDeps
  readonly #hub: Behind
  /** The highest seq that is known to exist. */
  #target = 0
  #running = false
  #closed = false

  constructor(deps: CatchUpDeps, hub: Behind) {
    this.#deps = deps
    this.#hub = hub
  }

  get target(): number {
    return this.#target
  }

  /** Events up to `seq` exist: reads those that are missing. */
  to(seq: number): void {
    if (seq <= this.#hub.position()) return
    this.#target = Math.max(this.#target, seq)
    if (!this.#running && !this.#closed) void this.#run()
  }

  close(): void {
    this.#closed = true
  }

  async #run(): Promise<void> {
    const { counters, logger, store } = this.#deps
    const { channelId } = this.#hub
    this.#running = true
    counters.repairs.inc()
    let misses = 0
    try {
      while (this.#hub.position() < this.#target && !this.#closed) {
        const range = { after: this.#hub.position(), limit: rangeSize }
        const rows = await store.events(channelId, range)
        for (const row of rows)
          if (row.seq === this.#hub.position() + 1) this.#hub.deliver(eventPush(row))
        if (rows.length > 0) {
          misses = 0
          continue
        }
        misses += 1
        if (misses === missesBeforeCheck && (await this.#isTargetWrong())) this.#target = 0
        if (misses > missesBeforeCheck) break
        await delay(retryMs * misses)
      }
    } catch (error) {
      logger.warn(
        { err: error, channelId },
        'missing events could not be read, the next notice of a head reads them again',
      )
    } finally {
      // What is still missing is read at the next request, or with the heads, within 5 s.
      this.#running = false
    }
  }

  /** If no row confirms the target, replaces it in the directory by the channel row's head. */
  async #isTargetWrong(): Promise<boolean> {
    const { log, routing, store } = this.#deps
    const { channelId } = this.#hub
    const row = await store.channel(channelId)
    const right = row === null ? null : { epoch: row.headPosition.epoch, seq: row.head }
    if (right !== null && right.seq >= this.#target) return false
    const wrong = { epoch: log.epoch.number, seq: this.#target }
    await routing.correctHead(channelId, wrong, right)
    return true
  }
}

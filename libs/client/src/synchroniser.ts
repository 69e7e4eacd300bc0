import { bounds } from '@rookery/protocol/constants'
import type { ErrorFrame } from './frames.ts'
import { Backoff } from './backoff.ts'
import type { BackoffOptions } from './backoff.ts'
import type { IncomingSync } from './incoming.ts'

export interface SynchroniserOptions {
  /** Sends a frame on the live socket. */
  send(frame: { type: 'sync'; requestId: string; channels: Record<string, number> }): void
  /** The seq up to which a channel is complete; undefined: it is no longer followed. */
  last(channelId: string): number | undefined
  answerTimeoutMs: number
  backoff: BackoffOptions
}

/**
 * Asks for missing events: one `sync` in flight with at most 300 channels, repeated while there is
 * more. If an answer brings nothing, it asks again after a growing wait.
 */
export class Synchroniser {
  readonly #options: SynchroniserOptions
  readonly #missing = new Set<string>()
  readonly #backoff: Backoff
  #inFlight: { requestId: string; channels: Record<string, number> } | null = null
  #online = false
  #count = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: SynchroniserOptions) {
    this.#options = options
    this.#backoff = new Backoff(options.backoff)
  }

  /** True if no events are missing and no sync is in flight. */
  get idle(): boolean {
    return this.#missing.size === 0 && this.#inFlight === null
  }

  /** Fetches the events after the channel's last seq. Does nothing while they are being fetched. */
  want(channelId: string): void {
    if (this.#inFlight !== null && Object.hasOwn(this.#inFlight.channels, channelId)) return
    this.#missing.add(channelId)
    // The timer runs while a sync is in flight, and while a failed one waits.
    if (this.#timer === undefined) this.#ask()
  }

  forget(channelId: string): void {
    this.#missing.delete(channelId)
  }

  connected(): void {
    this.#online = true
    this.#backoff.reset()
    this.#inFlight = null
    this.#wait(0)
  }

  disconnected(): void {
    this.#online = false
    for (const channelId of this.asked) this.#missing.add(channelId)
    this.#inFlight = null
    this.#stopTimer()
  }

  /** True if this is the expected answer. The caller applies it, then calls `applied`. */
  expects(frame: IncomingSync): boolean {
    return this.#inFlight !== null && frame.requestId === this.#inFlight.requestId
  }

  /** The seq after which the sync in flight asked. */
  askedAfter(channelId: string): number {
    return this.#inFlight?.channels[channelId] ?? 0
  }

  /** The channels of the sync in flight. */
  get asked(): string[] {
    return Object.keys(this.#inFlight?.channels ?? {})
  }

  /** The caller has applied the answer. `incomplete`: the channels that still miss events. */
  applied(incomplete: readonly string[]): void {
    const answered = this.#inFlight
    this.#inFlight = null
    this.#stopTimer()
    let progress = incomplete.length === 0
    for (const channelId of incomplete) {
      this.#missing.add(channelId)
      const last = this.#options.last(channelId)
      if (last !== undefined && last > (answered?.channels[channelId] ?? -1)) progress = true
    }
    if (progress) this.#backoff.reset()
    this.#wait(progress ? 0 : this.#backoff.next())
  }

  /** True if the error was for the sync in flight. It is sent again later. */
  refused(error: ErrorFrame): boolean {
    if (this.#inFlight === null || error.requestId !== this.#inFlight.requestId) return false
    this.#again(error.retryAfterMs ?? 0)
    return true
  }

  #again(afterMs: number): void {
    for (const channelId of this.asked) this.#missing.add(channelId)
    this.#inFlight = null
    this.#wait(Math.max(afterMs, this.#backoff.next()))
  }

  #wait(ms: number): void {
    this.#stopTimer()
    if (ms === 0) return this.#ask()
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#ask()
    }, ms)
  }

  #ask(): void {
    if (!this.#online) return
    const channels: Record<string, number> = {}
    let count = 0
    for (const channelId of this.#missing) {
      if (count === bounds.syncChannelsMax) break
      this.#missing.delete(channelId)
      const last = this.#options.last(channelId)
      if (last === undefined) continue
      channels[channelId] = last
      count++
    }
    if (count === 0) return
    this.#inFlight = { requestId: `s${++this.#count}`, channels }
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#again(0)
    }, this.#options.answerTimeoutMs)
    this.#options.send({ type: 'sync', ...this.#inFlight })
  }

  #stopTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

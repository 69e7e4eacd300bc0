import type { ShownChannel } from './user-connection.ts'

/** With more than this many bytes waiting, a socket is slow. */
const lagBytes = 1024 * 1024
/** With fewer than this many bytes waiting, a socket has drained. */
export const drainedBytes: number = 64 * 1024

/**
 * Lag mode of one socket, in three phases:
 * 1. The socket keeps up. Every event is sent.
 * 2. More than 1 MiB waits for it. Events are left out, and their channels are remembered.
 * 3. Less than 64 KiB waits. The client is told the head of each remembered channel and syncs from
 *    there; then phase 1 again.
 *
 * Example: a phone in a tunnel misses events 41 to 90 of a channel. Once it has drained, it is told
 * `channel_head` 90, and asks for 41 to 90. A socket that makes no progress in phase 2 is cut.
 */
export class LagMode {
  /** Null in phase 1. */
  #skipped: Map<string, ShownChannel> | null = null
  #lastBytes = 0
  #progressAt = 0

  get isOn(): boolean {
    return this.#skipped !== null
  }

  /** Begins phase 2 if too much waits. @returns true if it began now */
  begin(bufferedBytes: number, now: () => number): boolean {
    if (this.#skipped !== null || bufferedBytes <= lagBytes) return false
    this.#skipped = new Map()
    this.#lastBytes = bufferedBytes
    this.#progressAt = now()
    return true
  }

  /** Remembers that an event of the channel was left out. */
  skip(channel: ShownChannel): void {
    this.#skipped?.set(channel.channelId, channel)
  }

  /** Checks progress. @returns the channels whose heads are to be told, once the socket drained */
  sweep(bufferedBytes: number, nowMs: number): readonly ShownChannel[] {
    if (this.#skipped === null) return []
    if (bufferedBytes < drainedBytes) {
      const skipped = [...this.#skipped.values()]
      this.#skipped = null
      return skipped
    }
    if (bufferedBytes < this.#lastBytes) this.#progressAt = nowMs
    this.#lastBytes = bufferedBytes
    return []
  }

  /** For how long a slow socket has taken nothing; 0 for one that keeps up. */
  stuckForMs(nowMs: number): number {
    return this.#skipped === null ? 0 : nowMs - this.#progressAt
  }
}

import type { ErrorCode } from '@rookery/protocol'
import { RequestError } from '../request-error.ts'

interface Fence {
  clientSeq: number
  code: ErrorCode
  retryAfterMs: number
  until: number
  /** Higher numbers that were refused because of it → the time until which each is waited for. */
  held: Map<number, number>
}

const maxFenceMs = 10_000
const maxFences = 1_000
const maxHeld = 100

/**
 * Go-back-N: keeps the retries of a client in order.
 * 1. Number n of a channel is refused with a retryable code. A fence stands at n.
 * 2. Higher numbers are refused with the same code, and held: the client is to send them again,
 *    too.
 * 3. n comes again: the fence falls.
 * 4. If n does not come within 10 s, or is known to be stored, the fence moves to the lowest held
 *    number that is not stored. Without one it falls.
 *
 * Example: 5 is refused, so 6 and 7 are refused. The client is shown that 5 is stored after all, so
 * the fence moves to 6: it lets 6 pass, and then 7. Fences keep order only; the fold is safe
 * without them.
 */
export class SendFences {
  readonly #fences = new Map<string, Fence>()
  /** By channel: the highest number that is known to be stored. */
  readonly #stored = new Map<string, number>()

  /** @throws FencedError for a number that must wait for an earlier one */
  check(channelId: string, clientSeq: number, nowMs: number): void {
    const before = this.#fences.get(channelId)
    if (before !== undefined && nowMs >= before.until) this.#lift(channelId, before, nowMs)
    const fence = this.#fences.get(channelId)
    if (fence === undefined || clientSeq < fence.clientSeq) return
    if (clientSeq === fence.clientSeq) {
      this.#fences.delete(channelId)
      return
    }
    hold(fence, clientSeq, nowMs)
    throw new FencedError(fence.code, fence.clientSeq, fence.retryAfterMs)
  }

  /**
   * `clientSeq` was refused. If the code is retryable, the fence stands at the lowest such number.
   */
  refused(channelId: string, clientSeq: number, error: RequestError, nowMs: number): void {
    if (error.retryAfterMs === undefined || clientSeq <= this.#storedUpTo(channelId)) return
    const { code, retryAfterMs } = error
    const fence = this.#fences.get(channelId)
    if (fence !== undefined && fence.clientSeq <= clientSeq) {
      hold(fence, clientSeq, nowMs)
      return
    }
    if (this.#fences.size >= maxFences) this.#fences.clear()
    const until = nowMs + maxFenceMs
    const held = fence?.held ?? new Map<number, number>()
    if (fence !== undefined) held.set(fence.clientSeq, fence.until)
    this.#fences.set(channelId, { clientSeq, code, retryAfterMs, until, held })
  }

  /** The client is shown that `clientSeq` is stored, so neither it nor a lower one comes again. */
  stored(channelId: string, clientSeq: number, nowMs: number): void {
    if (clientSeq <= this.#storedUpTo(channelId)) return
    if (this.#stored.size >= maxFences) this.#stored.clear()
    this.#stored.set(channelId, clientSeq)
    const fence = this.#fences.get(channelId)
    if (fence !== undefined && fence.clientSeq <= clientSeq) this.#lift(channelId, fence, nowMs)
  }

  /** Moves the fence to the lowest held number that is not stored, or removes it. */
  #lift(channelId: string, fence: Fence, nowMs: number): void {
    const stored = this.#storedUpTo(channelId)
    const held = new Map([...fence.held].filter(([one, until]) => one > stored && until > nowMs))
    const clientSeq = Math.min(...held.keys())
    const until = held.get(clientSeq)
    if (until === undefined) this.#fences.delete(channelId)
    else this.#fences.set(channelId, { ...fence, clientSeq, until, held })
  }

  #storedUpTo(channelId: string): number {
    return this.#stored.get(channelId) ?? 0
  }
}

function hold({ clientSeq: lowest, held }: Fence, clientSeq: number, nowMs: number): void {
  if (clientSeq > lowest && held.size < maxHeld) held.set(clientSeq, nowMs + maxFenceMs)
}

/** The refusal of a number only because an earlier one was refused. It sets no fence of its own. */
export class FencedError extends RequestError {
  constructor(code: ErrorCode, waitsFor: number, retryAfterMs: number) {
    super(code, `send ${waitsFor} again first`, { retryAfterMs })
  }
}

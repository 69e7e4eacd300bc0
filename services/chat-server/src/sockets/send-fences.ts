import type { ErrorCode } from '@rookery/protocol'
import { RequestError } from '../request-error.ts'

interface Fence {
  clientSeq: number
  code: ErrorCode
  retryAfterMs: number
  until: number
  /** Higher numbers that were refused, too, and until when each of them is waited for. */
  held: Map<number, number>
}

const maxFenceMs = 10_000
const maxFences = 1_000
const maxHeld = 100

/**
 * Go-back-N: after a retryable refusal of number n of a channel, n+1 … are refused with the same code until n comes again, so that a
 * client's retries stay in order. For at most 10 s, and not once n is known to be stored; then the lowest of those that were refused with it
 * is waited for, which were told to come again, too. Only for liveness, the fold is safe without it.
 */
export class SendFences {
  readonly #fences = new Map<string, Fence>()
  /** The highest number of a channel that is known to be stored. */
  readonly #stored = new Map<string, number>()

  /** Throws for a number that must wait for an earlier one. */
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

  /** `clientSeq` was refused with a retryable code. The lowest one counts. */
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

  /** The client is shown that `clientSeq` is stored, so neither it nor a lower one needs to come again. */
  stored(channelId: string, clientSeq: number, nowMs: number): void {
    if (clientSeq <= this.#storedUpTo(channelId)) return
    if (this.#stored.size >= maxFences) this.#stored.clear()
    this.#stored.set(channelId, clientSeq)
    const fence = this.#fences.get(channelId)
    if (fence !== undefined && fence.clientSeq <= clientSeq) this.#lift(channelId, fence, nowMs)
  }

  /** Nobody waits for its number any more, but for the lowest of the others that is not stored. */
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

/** Refused only because an earlier number was: not counted as a refusal of its own. */
export class FencedError extends RequestError {
  constructor(code: ErrorCode, waitsFor: number, retryAfterMs: number) {
    super(code, `send ${waitsFor} again first`, { retryAfterMs })
  }
}

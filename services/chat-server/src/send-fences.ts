import type { ErrorCode } from '@rookery/protocol'
import { RequestError } from './request-error.ts'

interface Fence {
  clientSeq: number
  code: ErrorCode
  retryAfterMs: number
  until: number
}

const maxFenceMs = 10_000
const maxFences = 1_000

/**
 * Go-back-N: after a retryable refusal of number n of a channel, n+1 … are refused with the same code until n comes again, so that a
 * client's retries stay in order. For at most 10 s; only for liveness, the fold is safe without it.
 */
export class SendFences {
  readonly #fences = new Map<string, Fence>()

  /** Throws for a number that must wait for an earlier one. */
  check(channelId: string, clientSeq: number, nowMs: number): void {
    const fence = this.#fences.get(channelId)
    if (fence === undefined) return
    if (nowMs >= fence.until || clientSeq === fence.clientSeq) {
      this.#fences.delete(channelId)
      return
    }
    if (clientSeq < fence.clientSeq) return
    throw new FencedError(fence.code, fence.clientSeq, fence.retryAfterMs)
  }

  /** `clientSeq` was refused with a retryable code. The lowest one counts. */
  refused(channelId: string, clientSeq: number, error: RequestError, nowMs: number): void {
    if (error.retryAfterMs === undefined) return
    const { code, retryAfterMs } = error
    const fence = this.#fences.get(channelId)
    if (fence !== undefined && nowMs < fence.until && fence.clientSeq <= clientSeq) return
    if (this.#fences.size >= maxFences) this.#fences.clear()
    const until = nowMs + maxFenceMs
    this.#fences.set(channelId, { clientSeq, code, retryAfterMs, until })
  }
}

/** Refused only because an earlier number was: not counted as a refusal of its own. */
export class FencedError extends RequestError {
  constructor(code: ErrorCode, waitsFor: number, retryAfterMs: number) {
    super(code, `send ${waitsFor} again first`, { retryAfterMs })
  }
}

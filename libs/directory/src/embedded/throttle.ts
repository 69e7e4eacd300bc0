import { steadyNow } from '@rookery/service-kit'
import type { Allowance, Throttle, ThrottlePolicy } from '../throttle.ts'
import { BoundedMap } from './bounded-map.ts'

const maxBuckets = 100_000
const sweepEveryMs = 60_000

export function createEmbeddedThrottle({ now = steadyNow }: { now?: () => number } = {}): Throttle {
  return new InProcessThrottle(now)
}

/**
 * The generic cell rate algorithm: a bucket is one number, the time at which it will be full again.
 * It holds at most `points`, and regains them evenly over `windowMs`. A refusal takes nothing.
 * Example: 60 points in 60 s; after 60 requests in a burst, the bucket will be full again in 60 s,
 * and one more request is allowed after 1 s.
 */
class InProcessThrottle implements Throttle {
  readonly #now: () => number
  readonly #fullAtMs = new BoundedMap<string, number>(maxBuckets)
  #nextSweepMs = 0

  constructor(now: () => number) {
    this.#now = now
  }

  async consume(
    scope: string,
    key: string,
    cost: number,
    { points, windowMs }: ThrottlePolicy,
  ): Promise<Allowance> {
    const now = this.#now()
    this.#sweep(now)
    const bucket = bucketKey(scope, key)
    const fullAtMs = Math.max(now, this.#fullAtMs.get(bucket) ?? 0) + (cost * windowMs) / points
    const waitMs = fullAtMs - windowMs - now
    if (waitMs > 0) {
      // A cost above the bucket's size never fits. The caller gets a whole window as the wait,
      // so that it does not retry at once.
      const retryAfterMs = cost > points ? windowMs : Math.ceil(waitMs)
      return { allowed: false, retryAfterMs, degraded: false }
    }
    this.#fullAtMs.set(bucket, fullAtMs)
    return { allowed: true, retryAfterMs: 0, degraded: false }
  }

  async reset(scope: string, key: string): Promise<void> {
    this.#fullAtMs.delete(bucketKey(scope, key))
  }

  async close(): Promise<void> {
    this.#fullAtMs.clear()
  }

  #sweep(now: number): void {
    if (now < this.#nextSweepMs) return
    this.#nextSweepMs = now + sweepEveryMs
    for (const [bucket, fullAtMs] of this.#fullAtMs) {
      if (fullAtMs <= now) this.#fullAtMs.delete(bucket)
    }
  }
}

function bucketKey(scope: string, key: string): string {
  return JSON.stringify([scope, key])
}

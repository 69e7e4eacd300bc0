/** Counters that all api processes share. */
export interface Throttle {
  /**
   * Takes `cost` points from the bucket (scope, key), all or none. A cost below 0 returns points,
   * never above the policy's, and is always allowed. A cost of 0 takes nothing and asks whether the
   * bucket is overdrawn by this policy. While the engine is away it answers from a local estimate
   * (`degraded`). It never rejects.
   */
  consume(scope: string, key: string, cost: number, policy: ThrottlePolicy): Promise<Allowance>
  reset(scope: string, key: string): Promise<void>
  close(): Promise<void>
}
export interface ThrottlePolicy {
  points: number
  windowMs: number
}
export interface Allowance {
  allowed: boolean
  /** 0 if allowed. */
  retryAfterMs: number
  degraded: boolean
}

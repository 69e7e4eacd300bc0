/** Counters that all api processes share. */
export interface Throttle {
  /**
   * Takes `cost` points from the bucket (scope, key), all or none. Example: 60 points in 60 s;
   * after 60 requests in a burst, one more is allowed after 1 s.
   *
   * A negative cost returns points and is always allowed; the bucket never holds more than
   * `points`. A cost of 0 takes nothing and asks whether the bucket is overdrawn by this policy.
   * While the engine is away, the answer is a local estimate (`degraded`). It never rejects.
   */
  consume(scope: string, key: string, cost: number, policy: ThrottlePolicy): Promise<Allowance>
  /** Fills the bucket (scope, key). */
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

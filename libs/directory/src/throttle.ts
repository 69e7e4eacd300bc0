/** Counters that all api processes share. */
export interface Throttle {
  /**
   * Takes `cost` points from the bucket (scope, key), all or none. A cost below 0 gives points
   * back, never beyond what the policy has, and is always allowed; 0 takes nothing and asks whether
   * the bucket is overdrawn by this policy. With the engine away it answers from a local estimate
   * (`degraded`), it never rejects.
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
  /** 0 when allowed. */
  retryAfterMs: number
  degraded: boolean
}

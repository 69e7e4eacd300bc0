import type { Cluster } from '@rookery/cluster'

/** What a fault may touch. */
export interface FaultWorld {
  cluster: Cluster
  /** Picks one item. The same seed of a run picks the same items. */
  readonly pick: <T>(from: readonly T[]) => T
}

/**
 * Ends the fault. Resolves when nothing of it is left, for example when the engine serves again or
 * the process has started again.
 */
export type Heal = () => Promise<void>

/** One thing that goes wrong. The run decides how long it lasts, and the checker what it broke. */
export interface Fault {
  /** Unique. `--only` matches it, and reports group by it. */
  name: string
  /**
   * The time from `measuredFrom` until a send of every user must be acknowledged and shown to every
   * other user (docs/reliability.md), without the slack of a run.
   */
  boundMs: number
  /** `apply`: the platform must recover while the fault lasts; `heal`: only after its end. */
  measuredFrom: 'apply' | 'heal'
  /** How long the fault lasts, from the end of `apply` to the begin of its `heal`. */
  holdMs: number
  /**
   * Begins the fault. Rejects if it is not possible here, which fails the run: no fault is skipped
   * in silence.
   */
  apply(world: FaultWorld): Promise<Heal>
}

import type { Cluster } from '@rookery/cluster'

/** What a fault may touch. */
export interface FaultWorld {
  cluster: Cluster
  /** One of them, by the run's seed: the same seed picks the same. */
  readonly pick: <T>(from: readonly T[]) => T
}

/**
 * Ends the fault. Resolves when nothing of it is left (the engine serves again, the process has
 * been started again).
 */
export type Heal = () => Promise<void>

/** One thing that goes wrong, told apart from how long it lasts and from who watches. */
export interface Fault {
  /** Unique; also what `--only` matches and the reports group by. */
  name: string
  /**
   * From `measuredFrom` until every user's send is acknowledged and shown to every other one:
   * DESIGN section 8's bound, without any factor.
   */
  boundMs: number
  /** `apply`: the platform must recover by itself while it lasts; `heal`: only once it is over. */
  measuredFrom: 'apply' | 'heal'
  /** How long it lasts, between `apply` and its `heal`. */
  holdMs: number
  /**
   * Rejects when it cannot be inflicted here, which fails the run: no fault is skipped in silence.
   */
  apply(world: FaultWorld): Promise<Heal>
}

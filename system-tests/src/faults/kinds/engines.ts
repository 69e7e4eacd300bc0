import type { EngineName } from '@rookery/engines'
import type { Fault } from '../fault.ts'
import { enginesOf } from './victim.ts'

/** The bound of the recovery: while the engine is away, or after its return. */
type Bound = Pick<Fault, 'boundMs' | 'measuredFrom'>

const awayMs = 30_000

export function engineKilled(name: EngineName, bound: Bound): Fault {
  return {
    name: `${name} kill -9, back after ${awayMs / 1000} s`,
    ...bound,
    holdMs: awayMs,
    apply: async ({ cluster }) => {
      const engines = enginesOf(cluster)
      await engines.kill(name)
      return () => engines.restart(name)
    },
  }
}

export function engineFrozen(name: EngineName, bound: Bound): Fault {
  return {
    name: `${name} frozen for ${awayMs / 1000} s`,
    ...bound,
    holdMs: awayMs,
    apply: async ({ cluster }) => {
      const engines = enginesOf(cluster)
      engines.freeze(name)
      return async () => engines.thaw(name)
    },
  }
}

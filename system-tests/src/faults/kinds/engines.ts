import type { Cluster } from '@rookery/cluster'
import type { EngineName, Engines } from '@rookery/engines'
import type { Fault } from '../fault.ts'

const engineBoundMs = 10_000
const awayMs = 8_000

export function engineKilled(name: EngineName): Fault {
  return {
    name: `${name} kill -9, back after ${awayMs / 1000} s`,
    boundMs: engineBoundMs,
    measuredFrom: 'heal',
    holdMs: awayMs,
    apply: async ({ cluster }) => {
      const engines = own(cluster)
      await engines.kill(name)
      return () => engines.restart(name)
    },
  }
}

export function engineFrozen(name: EngineName): Fault {
  return {
    name: `${name} frozen for ${awayMs / 1000} s`,
    boundMs: engineBoundMs,
    measuredFrom: 'heal',
    holdMs: awayMs,
    apply: async ({ cluster }) => {
      const engines = own(cluster)
      engines.freeze(name)
      return async () => engines.thaw(name)
    },
  }
}

function own({ engines }: Cluster): Engines<EngineName> {
  if (engines === null) throw new Error('the engines of this cluster are not its own')
  return engines
}

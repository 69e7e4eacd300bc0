import type { Nodes } from '@rookery/engines'
import type { Fault } from '../faults/fault.ts'

const awayMs = 10_000
/**
 * A partition's new leader, and the group's coordinator elsewhere; a turn's writes tried again
 * through another node.
 */
const boundMs = 10_000

/**
 * Each node of an engine in turn is killed and comes back: with the others the platform goes on
 * meanwhile.
 */
export function nodesKilled<Name extends 'kafka' | 'cassandra'>(
  name: Name,
  nodes: Nodes<Name>,
): Fault[] {
  return Array.from({ length: nodes.count }, (_, index) => ({
    name: `${name} ${index + 1} of ${nodes.count} kill -9, back after ${awayMs / 1000} s`,
    boundMs,
    measuredFrom: 'apply',
    holdMs: awayMs,
    apply: async () => {
      await nodes.kill(index)
      return () => nodes.restart(index)
    },
  }))
}

import type { Nodes } from '@rookery/engines'
import type { Fault } from '../faults/fault.ts'

const awayMs = 10_000
/**
 * The time for new leaders of partitions, for another group coordinator, and for writes that are
 * repeated through another node.
 */
const boundMs = 10_000

/**
 * Each node of an engine in turn is killed and comes back. Meanwhile the platform works with the
 * other nodes.
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

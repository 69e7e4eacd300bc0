import type { Routing } from '../routing.ts'
import type { TimedUnderTest } from './under-test.ts'

export interface RoutingUnderTest extends TimedUnderTest<Routing> {
  leaseMs: number
  freshnessMs: number
  /** Empties the engine without the port's knowledge. */
  empty: () => Promise<void>
}

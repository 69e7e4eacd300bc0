import type { Coordination } from '../coordination.ts'
import { InProcessCoordination } from './session.ts'
import { World } from './world.ts'

/** What the services of one process share in place of an engine. */
export interface CoordinationWorld {
  /**
   * A session of its own: when it is closed its memberships vanish and its leaderships pass on.
   * `name` shows in errors.
   */
  open(name: string): Coordination
}

export function createCoordinationWorld(): CoordinationWorld {
  const world = new World()
  return { open: (name) => new InProcessCoordination(world, name) }
}

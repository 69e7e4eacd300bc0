import type { Coordination } from '../coordination.ts'
import { InProcessCoordination } from './session.ts'
import { World } from './world.ts'

/** The coordination that the services of one process share. It takes the place of an engine. */
export interface CoordinationWorld {
  /**
   * Opens a session. When it is closed, its memberships vanish and its leaderships pass on. `name`
   * is for error messages.
   */
  open(name: string): Coordination
}

export function createCoordinationWorld(): CoordinationWorld {
  const world = new World()
  return { open: (name) => new InProcessCoordination(world, name) }
}

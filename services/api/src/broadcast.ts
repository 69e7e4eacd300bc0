import type { PushBus, Routing } from '@rookery/directory'
import { encodePushes, type Push } from '@rookery/domain'

export type Broadcast = (pushes: readonly Push[]) => Promise<void>

/**
 * Publishes to every process that takes pushes, at most once. Callers that need certainty repeat
 * it.
 */
export function createBroadcast(
  routing: Pick<Routing, 'servers'>,
  bus: Pick<PushBus, 'publish'>,
): Broadcast {
  return async (pushes) => {
    if (pushes.length === 0) return
    const batch = encodePushes(pushes)
    for (const server of await routing.servers()) bus.publish(server, batch)
  }
}

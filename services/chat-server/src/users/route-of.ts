import type { RenewedRoute } from '@rookery/directory'
import type { Connection } from '../sockets/connection.ts'

/** A socket's route for the directory; null before it is authenticated and once it is closed. */
export function routeOf(
  serverId: string,
  { identity, heardAt, id, closed }: Pick<Connection, 'identity' | 'heardAt' | 'id' | 'closed'>,
): RenewedRoute | null {
  if (identity === null || closed) return null
  return {
    username: identity.user.username,
    connectionId: id,
    serverId,
    deviceId: identity.deviceId,
    session: identity.namedSession,
    heardAtMs: heardAt,
  }
}

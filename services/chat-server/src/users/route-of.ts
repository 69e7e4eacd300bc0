import type { RenewedRoute } from '@rookery/directory'
import type { Connection } from '../sockets/connection.ts'
import type { ChatContext } from '../context.ts'

/** What the directory knows of a socket; null before it is authenticated and once it is closed. */
export function routeOf(ctx: ChatContext, connection: Connection): RenewedRoute | null {
  const { identity, heardAt, id, closed } = connection
  if (identity === null || closed) return null
  return {
    username: identity.user.username,
    connectionId: id,
    serverId: ctx.serverId,
    deviceId: identity.deviceId,
    session: identity.namedSession,
    heardAtMs: heardAt,
  }
}

import type { Routing } from '@rookery/directory'
import { bounds, closeCodes } from '@rookery/protocol'
import { steadyNow } from '@rookery/service-kit'
import type { ChatConfig } from '../config.ts'
import { RequestError, retryAfterMs } from '../request-error.ts'
import { routeOf } from '../users/route-of.ts'
import type { Connection } from './connection.ts'

/** A socket that is silent for this long is pinged, so that its route's lease can be renewed. */
const maxSilenceMs = 4_000
/** A socket that is silent for this many heartbeat intervals is dead. */
const silentIntervals = 2
const routesPerStep = 500
/** A little more than the 5 s between two renewals, so that no sign of life falls between them. */
const renewedWithinMs = 6_000
/**
 * Sockets that are closed in one event-loop tick. Hundreds in one would hold up all other work.
 */
const closedPerTick = 20

/** Every second, over all sockets: one timer instead of several per socket. */
export function sweepConnections(
  { heartbeatIntervalMs, stuckMs }: Pick<ChatConfig, 'heartbeatIntervalMs' | 'stuckMs'>,
  connections: ReadonlyMap<string, Connection>,
  nowMs: number,
): void {
  const deadAfterMs = silentIntervals * heartbeatIntervalMs
  const pingAfterMs = Math.min(maxSilenceMs, heartbeatIntervalMs / 2)
  const clockMs = Date.now()
  const strangers: Connection[] = []
  for (const connection of connections.values()) {
    if (connection.closed) continue
    const { identity } = connection
    if (identity === null) {
      // When many connect together, a client that authenticates in time may wait long for its
      // answer.
      const asked = connection.isAuthenticating
      if (!asked && nowMs - connection.openedAt > bounds.authenticateWithinMs)
        strangers.push(connection)
      continue
    }
    const silentMs = nowMs - connection.heardAt
    if (identity.claims.expiresAtMs <= clockMs)
      connection.fail(
        new RequestError('unauthorized', 'the token has expired'),
        closeCodes.unauthenticated,
      )
    else if (silentMs > deadAfterMs) connection.terminate()
    else if (!connection.sweep(nowMs, stuckMs)) {
      connection.fail(tooSlow(), closeCodes.tooSlow)
      connection.terminate()
    } else if (silentMs > pingAfterMs) connection.ping()
  }
  failInSteps(strangers)
}

/** The frame may never be read. A client that comes back to life learns from it why it was cut. */
function tooSlow(): RequestError {
  return new RequestError('rate_limited', 'the socket took too little for too long', {
    retryAfterMs,
  })
}

function failInSteps(strangers: Connection[]): void {
  // A client may have authenticated since it was noted.
  for (const one of strangers.splice(0, closedPerTick))
    if (!one.closed && one.identity === null && !one.isAuthenticating) one.failUnauthenticated()
  if (strangers.length > 0) setImmediate(failInSteps, strangers)
}

/** Every 5 s: extends the leases of the routes whose sockets were heard since. */
export async function renewRoutes(
  { serverId, routing }: { serverId: string; routing: Pick<Routing, 'renewRoutes'> },
  connections: ReadonlyMap<string, Connection>,
): Promise<void> {
  const since = steadyNow() - renewedWithinMs
  const routes = [...connections.values()].flatMap((connection) =>
    connection.heardAt < since ? [] : (routeOf(serverId, connection) ?? []),
  )
  for (let i = 0; i < routes.length; i += routesPerStep)
    await routing.renewRoutes(routes.slice(i, i + routesPerStep))
}

import { bounds, closeCodes } from '@rookery/protocol'
import { steadyNow } from '@rookery/service-kit'
import type { Connection } from './connection.ts'
import type { ChatContext } from '../context.ts'
import { RequestError, retryAfterMs } from '../request-error.ts'
import { routeOf } from '../users/route-of.ts'

/** A client that sends no heartbeats is asked for a sign of life well before it counts as dead, and before its lease must be renewed. */
const maxSilenceMs = 4_000
const silentIntervals = 2
const routesPerStep = 500
/** Strangers closed in one turn of the event loop: hundreds of them at once would hold it for everybody. */
const strangersPerTurn = 20

/** Every second, over all sockets: one timer instead of several per socket. */
export function sweepConnections(
  ctx: ChatContext,
  connections: ReadonlyMap<string, Connection>,
  nowMs: number,
): void {
  const { heartbeatIntervalMs } = ctx.config
  const deadAfterMs = silentIntervals * heartbeatIntervalMs
  const pingAfterMs = Math.min(maxSilenceMs, heartbeatIntervalMs / 2)
  const clockMs = Date.now()
  const strangers: Connection[] = []
  for (const connection of connections.values()) {
    if (connection.closed) continue
    const { identity } = connection
    if (identity === null) {
      // With many coming at once, who has asked in time may have to wait for the answer.
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
    else if (!connection.sweep(nowMs, ctx.config.stuckMs)) {
      connection.fail(tooSlow(), closeCodes.tooSlow)
      connection.terminate()
    } else if (silentMs > pingAfterMs) connection.ping()
  }
  failInTurns(strangers)
}

/** It may never be read; a client that comes back to life learns why it was cut. */
function tooSlow(): RequestError {
  return new RequestError('rate_limited', 'the socket took too little for too long', {
    retryAfterMs,
  })
}

function failInTurns(strangers: Connection[]): void {
  // One may have said who it is by its turn.
  for (const one of strangers.splice(0, strangersPerTurn))
    if (!one.closed && one.identity === null && !one.isAuthenticating) one.failUnauthenticated()
  if (strangers.length > 0) setImmediate(failInTurns, strangers)
}

/** Every 5 s: extends the leases of sockets that were heard since. */
export async function renewRoutes(
  ctx: ChatContext,
  connections: ReadonlyMap<string, Connection>,
): Promise<void> {
  const since = steadyNow() - routeRenewalMs
  const routes = [...connections.values()].flatMap((connection) =>
    connection.heardAt < since ? [] : (routeOf(ctx, connection) ?? []),
  )
  for (let i = 0; i < routes.length; i += routesPerStep)
    await ctx.routing.renewRoutes(routes.slice(i, i + routesPerStep))
}

/** A little more than the interval, so that no answer falls between two renewals. */
const routeRenewalMs = 6_000

import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { encodePushes, timeOf } from '@rookery/domain'
import { type ClaimResult, type Route, type RouteClaim, unnamedDeviceId } from '@rookery/directory'
import { closeCodes, type ClientFrameOf } from '@rookery/protocol'
import { steadyNow } from '@rookery/service-kit'
import type { AccessClaims } from '@rookery/tokens'
import { showChannels } from '../channels/channels-list.ts'
import type { ChatContext } from '../context.ts'
import { RequestError, retryAfterMs, toRequestError } from '../request-error.ts'
import type { Connection } from '../sockets/connection.ts'
import { wireEpoch } from '../wire-epoch.ts'
import type { Handler } from './handler.ts'

type Frame = ClientFrameOf<'authenticate'>

const probeForMs = 1_500
const probeEveryMs = 100

/**
 * The first frame: proves the client's identity, takes a place among the user's devices, and sends
 * the list of channels. `releasePlace` undoes it when the connection has closed.
 */
export const authenticate: Handler<'authenticate'> = async (ctx, connection, frame) => {
  connection.isAuthenticating = true
  try {
    const claims = verify(ctx, frame.token)
    const account = await standing(ctx, claims)
    const session = frame.session ?? randomUUID()
    const deviceId = frame.deviceId ?? unnamedDeviceId(connection.id)
    const claim = claimOf(ctx, connection, claims.username, frame, { session, deviceId })
    const version = await takePlace(ctx, connection, claim)
    if (connection.closed) {
      await ctx.routing.releaseRoute(claims.username, connection.id)
      return
    }
    const user = ctx.users.add(connection, claims.username)
    if (account.mutedUntilMs !== undefined) user.mutedUntilMs = account.mutedUntilMs
    const { displayName } = account
    connection.identity = {
      user,
      claims,
      displayName,
      session,
      deviceId,
      namedSession: frame.session ?? null,
    }
    connection.onAuthenticated()
    if (frame.capabilities?.includes('batch') === true) connection.useBatches()
    sendAuthenticated(ctx, connection, frame.requestId)
    ctx.presence.userChanged(user)
    await ctx.listings.run(async () => {
      // The client may have gone while it waited.
      if (connection.closed) return
      await ctx.users.load(user, version)
      await showChannels(ctx, connection)
    })
  } catch (cause) {
    if (connection.closed) return
    const error = toRequestError(cause)
    if (error.code === 'internal')
      ctx.logger.error(
        { err: error.cause },
        'a client could not be authenticated, its connection is closed',
      )
    connection.fail(error, closeCodeOf(error), frame.requestId)
  }
}

/** A later `authenticate` only brings a fresh token. If it is bad, the old one stays valid. */
export const renew: Handler<'authenticate'> = async (ctx, connection, frame) => {
  const { identity } = connection
  if (identity === null) return
  const claims = verify(ctx, frame.token)
  if (claims.username !== identity.user.username)
    throw new RequestError('forbidden', 'this token belongs to another user, send one of your own')
  const account = await standing(ctx, claims)
  // While the accounts are away, a mute stays as it is.
  if (account.mutedUntilMs !== undefined) identity.user.mutedUntilMs = account.mutedUntilMs
  connection.identity = { ...identity, claims, displayName: account.displayName }
  sendAuthenticated(ctx, connection, frame.requestId)
}

function verify(ctx: ChatContext, token: string): AccessClaims {
  try {
    return ctx.tokens.verify(token)
  } catch (cause) {
    throw new RequestError('unauthorized', 'the token is invalid or expired', { cause })
  }
}

interface Standing {
  displayName: string
  /** Undefined: the accounts are away. */
  mutedUntilMs: number | null | undefined
}

/**
 * The account as it is now. While the accounts are away, the token is believed.
 *
 * @throws RequestError for a banned or deleted account, and for a log-in that has ended
 */
async function standing(ctx: ChatContext, claims: AccessClaims): Promise<Standing> {
  const unknown = { displayName: claims.displayName, mutedUntilMs: undefined }
  const account = await ctx.accounts.find(claims.username).catch(() => unknown)
  if (account === null || ('state' in account && account.state === 'deleted'))
    throw new RequestError('unauthorized', 'this account was deleted')
  if ('bannedUntilMs' in account && (account.bannedUntilMs ?? 0) > Date.now())
    throw new RequestError('forbidden', 'this account is banned')
  // Checked last: a ban ends the log-ins, too, and the user must be told of the ban.
  if (ctx.ended.has(claims.familyId))
    throw new RequestError('unauthorized', 'this log-in has ended')
  return account
}

function claimOf(
  ctx: ChatContext,
  connection: Connection,
  username: string,
  frame: Frame,
  { session, deviceId }: { session: string; deviceId: string },
): RouteClaim {
  return {
    username,
    connectionId: connection.id,
    serverId: ctx.serverId,
    deviceId,
    // Without a session in the frame: null, so that all such sockets of a named device count as the
    // same client. The random session would tell them apart.
    session: frame.session === undefined ? null : session,
    heardAtMs: steadyNow(),
    named: { device: frame.deviceId !== undefined, session: frame.session !== undefined },
    maxDevices: ctx.config.limits.devicesPerUser,
    maxSockets: ctx.config.limits.socketsPerUser,
  }
}

/** Resolves with the user version. While the directory is away, the limits are not enforced. */
async function takePlace(
  ctx: ChatContext,
  connection: Connection,
  claim: RouteClaim,
): Promise<string | null> {
  let result: ClaimResult
  try {
    result = await ctx.routing.claimRoute(claim)
    if (!result.ok) result = await claimFromTheDead(ctx, connection, claim, result.counted)
  } catch (error) {
    if (error instanceof RequestError) throw error
    ctx.logger.warn(
      { err: error },
      'a route could not be claimed, its socket is let in unregistered',
    )
    return null
  }
  if (!result.ok) throw tooMany(result.limit)
  if (result.replaced !== null) {
    const { connectionId, serverId } = result.replaced
    ctx.bus.publish(serverId, encodePushes([{ k: 'replaced', connectionId }]))
  }
  return result.version
}

/**
 * The limit is reached, but some of the counted sockets may be dead. Each is probed. If a route is
 * gone, its place is free. The refusal is final only once every socket has answered. If one stays
 * silent, the client is told to try again.
 */
async function claimFromTheDead(
  ctx: ChatContext,
  connection: Connection,
  claim: RouteClaim,
  counted: readonly Route[],
): Promise<ClaimResult> {
  const heard = new Map(counted.map((route) => [route.connectionId, route.heardAtMs]))
  for (const { connectionId, serverId } of counted)
    ctx.bus.publish(serverId, encodePushes([{ k: 'probe', connectionId }]))
  for (let waited = 0; waited < probeForMs && !connection.closed; waited += probeEveryMs) {
    await delay(probeEveryMs)
    const routes = (await ctx.routing.routesOf([claim.username])).get(claim.username) ?? []
    const alive = routes.filter(
      ({ connectionId, heardAtMs }) => heardAtMs > (heard.get(connectionId) ?? heardAtMs),
    )
    const still = routes.filter(({ connectionId }) => heard.has(connectionId))
    if (still.length < counted.length || alive.length === counted.length) {
      const result = await ctx.routing.claimRoute({ ...claim, heardAtMs: steadyNow() })
      if (result.ok || alive.length === counted.length) return result
    }
  }
  throw new RequestError('unavailable', 'a device of yours does not answer, try again', {
    retryAfterMs,
  })
}

function tooMany(limit: 'devices' | 'sockets'): RequestError {
  return new RequestError(
    'device_limit',
    limit === 'devices'
      ? 'too many devices of yours are connected, disconnect one'
      : 'too many connections of yours are open, close one',
  )
}

function closeCodeOf({
  code,
  retryAfterMs: retry,
}: RequestError): 4001 | 4003 | 4009 | 4129 | 1011 {
  switch (code) {
    case 'forbidden':
      return closeCodes.banned
    case 'device_limit':
      return closeCodes.deviceLimit
    case 'internal':
      return closeCodes.internalError
    default:
      return retry === undefined ? closeCodes.unauthenticated : closeCodes.rateLimited
  }
}

function sendAuthenticated(
  ctx: ChatContext,
  connection: Connection,
  requestId: string | undefined,
): void {
  const { user, claims, displayName, session } = connection.whoami
  connection.send({
    type: 'authenticated',
    protocol: 1,
    user: { username: user.username, displayName },
    serverId: ctx.serverId,
    session,
    epoch: wireEpoch(ctx.log),
    expiresAt: timeOf(claims.expiresAtMs),
    heartbeatIntervalMs: ctx.config.heartbeatIntervalMs,
    limits: ctx.config.limits,
    ...(requestId === undefined ? {} : { requestId }),
  })
}

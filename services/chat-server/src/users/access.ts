import { may, type ChannelAction, type ChannelKind, type Role } from '@rookery/domain'
import { serverLimits } from '@rookery/protocol'
import { steadyNow } from '@rookery/service-kit'
import type { ChannelHub, LocalMember } from '../channels/channel-hub.ts'
import type { Connection } from '../sockets/connection.ts'
import type { ChatContext } from '../context.ts'
import type { LocalUser } from './local-user.ts'
import { readMutes } from './mutes.ts'
import { noSuchChannel, RequestError, retryAfterMs } from '../request-error.ts'

export interface Access {
  hub: ChannelHub
  role: Role
}

const confirmWithinMs = 10_000

/** Throws unless the user is a member who may do `action`, by a membership that was confirmed within 10 s. */
export async function requireAccess(
  ctx: ChatContext,
  connection: Connection,
  channelId: string,
  action: ChannelAction,
): Promise<Access> {
  return requireRole(
    ctx,
    connection,
    channelId,
    (role, kind) => may(action, kind, role),
    (kind) => forbidden(action, kind, channelId),
  )
}

/**
 * Throws `refusal` unless the user is a member whose role passes. Nobody is refused by what only this server believes: a role that was
 * acknowledged elsewhere may not have arrived yet.
 */
export async function requireRole(
  ctx: ChatContext,
  connection: Connection,
  channelId: string,
  passes: (role: Role, kind: ChannelKind) => boolean,
  refusal: (kind: ChannelKind) => RequestError,
): Promise<Access> {
  let { hub, member } = await requireMember(ctx, connection, channelId)
  if (!passes(member.role, hub.kind)) {
    await hub.confirm()
    ;({ hub, member } = await requireMember(ctx, connection, channelId))
    if (!passes(member.role, hub.kind)) throw refusal(hub.kind)
  }
  return { hub, role: member.role }
}

async function requireMember(
  ctx: ChatContext,
  connection: Connection,
  channelId: string,
): Promise<{ hub: ChannelHub; member: LocalMember }> {
  const { user } = connection
  const attached = user.channels.get(channelId)
  if (attached !== undefined && steadyNow() - attached.confirmedAt > confirmWithinMs)
    await attached.confirm()
  // A push that would have let the user in may have been lost.
  if (!user.channels.has(channelId) && (await isMember(ctx, user.username, channelId)))
    await ctx.users.admit(user, channelId, null)
  const hub = user.channels.get(channelId)
  const member = hub?.members.get(user.username)
  if (hub === undefined || member === undefined) throw await notLetIn(ctx, user.username, channelId)
  return { hub, member }
}

/** Why somebody is not in: no member, or a member that could not be let in just now. */
export async function notLetIn(
  ctx: ChatContext,
  username: string,
  channelId: string,
): Promise<RequestError> {
  if (!(await isMember(ctx, username, channelId))) return stranger(ctx, channelId)
  return new RequestError('unavailable', 'you could not be let in, try again', {
    retryAfterMs,
    channelId,
  })
}

async function isMember(ctx: ChatContext, username: string, channelId: string): Promise<boolean> {
  return (await ctx.store.member(channelId, username))?.present === true
}

/** What a stranger is told: only of a public channel that it is there. */
async function stranger(ctx: ChatContext, channelId: string): Promise<RequestError> {
  const row = await ctx.store.channel(channelId)
  if (row?.kind !== 'public') return noSuchChannel(channelId)
  return new RequestError('forbidden', 'join the channel first', { channelId })
}

function forbidden(action: ChannelAction, kind: ChannelKind, channelId: string): RequestError {
  const message =
    kind === 'direct'
      ? `a direct channel has no "${action}"`
      : `your role does not allow "${action}"`
  return new RequestError('forbidden', message, { channelId })
}

/** Throws unless the user may be in one more channel. One that was left elsewhere may still be counted here. */
export async function requireRoomForOne(ctx: ChatContext, { user }: Connection): Promise<void> {
  const limit = serverLimits.channelsPerUser
  if (user.channels.size < limit) return
  if ((await ctx.store.channelsOf(user.username, { limit })).length === limit)
    throw new RequestError('conflict', `you are in ${limit} channels already`)
}

/** Before anything that shows a text of the user's to others. A mute that was lifted elsewhere may still be known here. */
export async function requireUnmuted(ctx: ChatContext, { user }: Connection): Promise<void> {
  if (!isMuted(user)) return
  await readMutes(ctx, [user])
  if (isMuted(user)) throw new RequestError('forbidden', 'you are muted')
}

function isMuted({ mutedUntilMs }: LocalUser): boolean {
  return mutedUntilMs !== null && mutedUntilMs > Date.now()
}

import { may, type ChannelAction, type ChannelKind, type Role } from '@rookery/domain'
import type { MessageStore } from '@rookery/message-store'
import { serverLimits } from '@rookery/protocol'
import { steadyNow } from '@rookery/service-kit'
import type { ChannelHub, LocalMember } from '../channels/channel-hub.ts'
import { noSuchChannel, RequestError, retryAfterMs } from '../request-error.ts'
import type { LocalUser } from './local-user.ts'
import { type MutesDeps, readMutes } from './mutes.ts'
import type { Users } from './users.ts'

export interface AccessDeps {
  store: Pick<MessageStore, 'member' | 'channel'>
  users: Pick<Users, 'admit'>
}

export interface Access {
  hub: ChannelHub
  role: Role
}

/** The side of a connection that rights depend on. */
interface OfUser {
  readonly user: LocalUser
}

const confirmWithinMs = 10_000

/**
 * The user's role in a channel, by a membership that was confirmed within 10 s.
 *
 * @throws RequestError unless the user is a member who may do `action`
 */
export async function requireAccess(
  deps: AccessDeps,
  connection: OfUser,
  channelId: string,
  action: ChannelAction,
): Promise<Access> {
  return requireRole(
    deps,
    connection,
    channelId,
    (role, kind) => may(action, kind, role),
    (kind) => forbidden(action, kind, channelId),
  )
}

/**
 * As `requireAccess`, for any rule about the role. Before a refusal the store is asked: a role that
 * another server acknowledged may not have arrived here yet.
 *
 * @throws RequestError `refusal` unless the user is a member whose role passes
 */
export async function requireRole(
  deps: AccessDeps,
  connection: OfUser,
  channelId: string,
  passes: (role: Role, kind: ChannelKind) => boolean,
  refusal: (kind: ChannelKind) => RequestError,
): Promise<Access> {
  let { hub, member } = await requireMember(deps, connection, channelId)
  if (!passes(member.role, hub.kind)) {
    await hub.confirm()
    ;({ hub, member } = await requireMember(deps, connection, channelId))
    if (!passes(member.role, hub.kind)) throw refusal(hub.kind)
  }
  return { hub, role: member.role }
}

async function requireMember(
  deps: AccessDeps,
  { user }: OfUser,
  channelId: string,
): Promise<{ hub: ChannelHub; member: LocalMember }> {
  const attached = user.channels.get(channelId)
  if (attached !== undefined && steadyNow() - attached.confirmedAt > confirmWithinMs)
    await attached.confirm()
  // The push that would have let the user in may be lost.
  if (!user.channels.has(channelId) && (await isMember(deps, user.username, channelId)))
    await deps.users.admit(user, channelId, null)
  const hub = user.channels.get(channelId)
  const member = hub?.members.get(user.username)
  if (hub === undefined || member === undefined)
    throw await notLetIn(deps, user.username, channelId)
  return { hub, member }
}

/** The refusal for a user who is not in a channel: no member, or a member not let in just now. */
export async function notLetIn(
  deps: Pick<AccessDeps, 'store'>,
  username: string,
  channelId: string,
): Promise<RequestError> {
  if (!(await isMember(deps, username, channelId))) return notMember(deps, channelId)
  return new RequestError('unavailable', 'you could not be let in, try again', {
    retryAfterMs,
    channelId,
  })
}

async function isMember(
  { store }: Pick<AccessDeps, 'store'>,
  username: string,
  channelId: string,
): Promise<boolean> {
  return (await store.member(channelId, username))?.present === true
}

/** Only a public channel is known to users who are no members. */
async function notMember(
  { store }: Pick<AccessDeps, 'store'>,
  channelId: string,
): Promise<RequestError> {
  const row = await store.channel(channelId)
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

/**
 * Before a refusal the store is asked: a channel that the user left through another server may
 * still be counted here.
 *
 * @throws RequestError `conflict` unless the user may be in one more channel
 */
export async function requireRoomForOne(
  { store }: { store: Pick<MessageStore, 'channelsOf'> },
  { user }: OfUser,
): Promise<void> {
  const limit = serverLimits.channelsPerUser
  if (user.channels.size < limit) return
  if ((await store.channelsOf(user.username, { limit })).length === limit)
    throw new RequestError('conflict', `you are in ${limit} channels already, leave one first`)
}

/**
 * Needed by every request that shows other users a text. Before a refusal the accounts are asked:
 * the push that lifted the mute may be lost.
 *
 * @throws RequestError `forbidden` if the user is muted
 */
export async function requireUnmuted(deps: MutesDeps, { user }: OfUser): Promise<void> {
  if (!isMuted(user)) return
  await readMutes(deps, [user])
  if (isMuted(user)) throw new RequestError('forbidden', 'you are muted')
}

function isMuted({ mutedUntilMs }: LocalUser): boolean {
  return mutedUntilMs !== null && mutedUntilMs > Date.now()
}

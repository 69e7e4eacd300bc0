import { publicChannelId, publicNameKey } from '@rookery/domain'
import type { ChannelRow } from '@rookery/message-store'
import { bounds, serverLimits } from '@rookery/protocol'
import { notLetIn, requireRoomForOne } from '../users/access.ts'
import type { Connection } from '../sockets/connection.ts'
import type { ChatContext } from '../context.ts'
import { joinedFrames, readJoined } from '../channels/joined-view.ts'
import type { JoinRequest } from '../users/local-user.ts'
import { findPublicChannel } from '../channels/public-channel.ts'
import { noSuchChannel, RequestError } from '../request-error.ts'
import { submitEvent } from '../submit-event.ts'
import type { Handler } from './index.ts'

export interface JoinOptions {
  requestId: string | undefined
  limit?: number | undefined
  afterSeq?: number | undefined
}

export const joinChannel: Handler<'join_channel'> = async (ctx, connection, frame) => {
  const { user } = connection
  const channelId = frame.channelId ?? (await idOfName(ctx, frame.name ?? ''))
  // Not by what is known here: who has left elsewhere is to join anew.
  const [row, member] = await Promise.all([
    ctx.store.channel(channelId),
    ctx.store.member(channelId, user.username),
  ])
  if (row === null || (row.kind !== 'public' && member?.present !== true))
    throw noSuchChannel(channelId)
  if (member?.present === true) {
    // What was acknowledged elsewhere may not have reached this server yet.
    await ctx.hubs.get(channelId)?.confirm()
    await answerJoined(ctx, connection, channelId, { ...frame, requestId: frame.requestId })
    return
  }
  await requireRoomForOne(ctx, connection)
  const memberCount = await ctx.store.memberCount(channelId)
  if (memberCount >= serverLimits.membersPerChannel)
    throw new RequestError('conflict', 'the channel is full', { channelId })
  submitEvent(ctx, connection, { ...frame, channelId }, async () => {
    if (memberCount === 0) takeOver(ctx, user.username, row)
    await answerJoined(ctx, connection, channelId, { ...frame, requestId: frame.requestId })
    return undefined
  })
}

/**
 * Whoever joins an empty public channel owns it. The record stands in the creator's name under a number
 * that follows from the head, so that of several who join at once the log takes one.
 */
function takeOver(
  ctx: ChatContext,
  username: string,
  { channelId, createdBy, head }: ChannelRow,
): void {
  const body = { type: 'role_changed', username, role: 'owner' } as const
  const number = { session: '_takeover', clientSeq: head }
  ctx.submitter.submit({ channelId, user: createdBy, body, ...number }, () => undefined)
}

async function idOfName({ store }: ChatContext, name: string): Promise<string> {
  const channel = await findPublicChannel(store, name)
  return channel?.channelId ?? publicChannelId(publicNameKey(name))
}

/** Answers `channel_joined` to who asked, letting the user in first if it is a member and not yet in. */
export async function answerJoined(
  ctx: ChatContext,
  connection: Connection,
  channelId: string,
  { requestId, limit = bounds.joinMessagesDefault, afterSeq }: JoinOptions,
): Promise<void> {
  const { user } = connection
  const request: JoinRequest = { connection, requestId, limit, afterSeq }
  const requests = user.joinRequests.get(channelId)
  if (requests === undefined) user.joinRequests.set(channelId, [request])
  else requests.push(request)
  try {
    if (!user.channels.has(channelId)) await ctx.users.admit(user, channelId, null)
  } finally {
    // Letting in has answered it, unless the user was in already or is no member.
    const answered = !takeRequest(connection, channelId, request)
    if (!answered) await answerMember(ctx, connection, channelId, request)
  }
}

function takeRequest(connection: Connection, channelId: string, request: JoinRequest): boolean {
  const requests = connection.user.joinRequests.get(channelId)
  const index = requests?.indexOf(request) ?? -1
  if (requests === undefined || index < 0) return false
  requests.splice(index, 1)
  if (requests.length === 0) connection.user.joinRequests.delete(channelId)
  return true
}

async function answerMember(
  ctx: ChatContext,
  connection: Connection,
  channelId: string,
  request: JoinRequest,
): Promise<void> {
  const { user } = connection
  const hub = user.channels.get(channelId)
  if (hub === undefined) throw await notLetIn(ctx, user.username, channelId)
  const recording = hub.record()
  try {
    const view = await readJoined(ctx, user, recording, channelId, request.limit)
    if (!user.channels.has(channelId)) throw noSuchChannel(channelId)
    // The socket is in already: events that came meanwhile were shown to it.
    const [frame] = joinedFrames(view, recording, [request], null)
    if (frame !== undefined) connection.answer(frame)
  } finally {
    hub.stopRecording(recording)
  }
}

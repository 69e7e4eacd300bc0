import { publicChannelId, publicNameKey } from '@rookery/domain'
import type { ChannelRow } from '@rookery/message-store'
import { serverLimits } from '@rookery/protocol'
import { answerJoined } from '../channels/answer-joined.ts'
import { findPublicChannel } from '../channels/public-channel.ts'
import type { ChatContext } from '../context.ts'
import { noSuchChannel, RequestError } from '../request-error.ts'
import { submitEvent } from '../submit-event.ts'
import { requireRoomForOne } from '../users/access.ts'
import type { Handler } from './handler.ts'

export const joinChannel: Handler<'join_channel'> = async (ctx, connection, frame) => {
  const { user } = connection
  const channelId = frame.channelId ?? (await idOfName(ctx, frame.name ?? ''))
  // Ask the store: a user who left through another server must be able to join again.
  const [row, member] = await Promise.all([
    ctx.store.channel(channelId),
    ctx.store.member(channelId, user.username),
  ])
  if (row === null || (row.kind !== 'public' && member?.present !== true))
    throw noSuchChannel(channelId)
  if (member?.present === true) {
    // An event that another server acknowledged may not have reached this one yet.
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
 * The first user who joins an empty public channel owns it. The record is in the creator's name
 * and is numbered by the head, so the log accepts only one of several that are sent together.
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

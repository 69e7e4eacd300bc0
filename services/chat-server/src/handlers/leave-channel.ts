import { notesChannelId } from '@rookery/domain'
import { RequestError } from '../request-error.ts'
import { submitEvent } from '../submit-event.ts'
import { requireAccess } from '../users/access.ts'
import type { Handler } from './handler.ts'

export const leaveChannel: Handler<'leave_channel'> = async (ctx, connection, frame) => {
  const { channelId, requestId } = frame
  const { username } = connection.user
  await requireAccess(ctx, connection, channelId, 'leave')
  if (channelId === notesChannelId(username))
    throw new RequestError('forbidden', 'your notes cannot be left', { channelId })
  // Ask the store: this user may have become the owner through another server.
  const member = await ctx.store.member(channelId, username)
  if (member?.role === 'owner' && (await ctx.store.memberCount(channelId)) > 1)
    throw new RequestError('forbidden', 'hand the channel over first (set_role owner)', {
      channelId,
    })
  submitEvent(ctx, connection, frame, ({ event }) => {
    connection.leaves.set(channelId, requestId)
    // If the event is shown here, the hub sends `channel_left` right after it.
    const follows = event !== null && connection.user.channels.has(channelId)
    if (!follows) connection.showLeft(channelId, username)
    return undefined
  })
}

import { notesChannelId } from '@rookery/domain'
import { serverLimits } from '@rookery/protocol'
import { RequestError } from '../request-error.ts'
import { answerWithEvent, submitRecord } from '../submit-event.ts'
import { requireAccess } from '../users/access.ts'
import { requireUsers } from '../users/known-users.ts'
import type { Handler } from './handler.ts'

export const addParticipants: Handler<'add_participants'> = async (ctx, connection, frame) => {
  const { channelId, requestId, type } = frame
  await requireAccess(ctx, connection, channelId, 'add')
  if (channelId === notesChannelId(connection.user.username))
    throw new RequestError('forbidden', 'no other user can be in your notes', { channelId })
  const usernames = [...new Set(frame.participants)]
  await requireUsers(ctx, usernames)
  const memberCount = await ctx.store.memberCount(channelId)
  if (memberCount + usernames.length > serverLimits.membersPerChannel)
    throw new RequestError('conflict', 'the channel is full', { channelId })
  const last = usernames.at(-1)
  for (const username of usernames) {
    const request = { type, channelId, ...(username === last ? { requestId } : {}) }
    const body = { type: 'participant_joined', username } as const
    submitRecord(ctx, connection, request, body, answerWithEvent(ctx, connection, request))
  }
}

import { outranks } from '@rookery/domain'
import { requireAccess } from '../access.ts'
import { RequestError } from '../request-error.ts'
import { answerWithEvent, submitEvent } from '../submit-event.ts'
import type { Handler } from './index.ts'

export const removeParticipant: Handler<'remove_participant'> = async (ctx, connection, frame) => {
  const { channelId, username } = frame
  const { role } = await requireAccess(ctx, connection, channelId, 'remove')
  const target = await ctx.store.member(channelId, username)
  if (target?.present !== true)
    throw new RequestError('not_found', `${username} is not in the channel`, { channelId })
  if (!outranks(role, target.role))
    throw new RequestError('forbidden', 'only who stands below you can be removed', { channelId })
  const body = { type: 'participant_left', username } as const
  submitEvent(ctx, connection, frame, body, answerWithEvent(ctx, connection, frame))
}

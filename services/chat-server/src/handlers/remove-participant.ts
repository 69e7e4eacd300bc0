import { outranks } from '@rookery/domain'
import { RequestError } from '../request-error.ts'
import { answerWithEvent, submitEvent } from '../submit-event.ts'
import { requireAccess, requireRole } from '../users/access.ts'
import type { Handler } from './handler.ts'

export const removeParticipant: Handler<'remove_participant'> = async (ctx, connection, frame) => {
  const { channelId, username } = frame
  await requireAccess(ctx, connection, channelId, 'remove')
  const target = await ctx.store.member(channelId, username)
  if (target?.present !== true)
    throw new RequestError('not_found', `${username} is not in the channel`, { channelId })
  await requireRole(
    ctx,
    connection,
    channelId,
    (role) => outranks(role, target.role),
    () =>
      new RequestError('forbidden', 'only a member whose role is below yours can be removed', {
        channelId,
      }),
  )
  submitEvent(ctx, connection, frame, answerWithEvent(ctx, connection, frame))
}

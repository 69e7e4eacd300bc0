import { maySetRole } from '@rookery/domain'
import { RequestError } from '../request-error.ts'
import { answerWithEvent, submitEvent } from '../submit-event.ts'
import { requireAccess, requireRole } from '../users/access.ts'
import type { Handler } from './handler.ts'

export const setRole: Handler<'set_role'> = async (ctx, connection, frame) => {
  const { channelId, username, role } = frame
  const { hub } = await requireAccess(ctx, connection, channelId, 'set_role')
  // The user may have handed the channel over through another server. Handing it over twice would
  // give the channel two owners.
  if (role === 'owner') await hub.confirm()
  const target = await ctx.store.member(channelId, username)
  if (target?.present !== true)
    throw new RequestError('not_found', `${username} is not in the channel`, { channelId })
  await requireRole(
    ctx,
    connection,
    channelId,
    (own) => maySetRole(own, target.role, role),
    () => new RequestError('forbidden', 'only roles below your own can be set', { channelId }),
  )
  submitEvent(ctx, connection, frame, answerWithEvent(ctx, connection, frame))
}

import { nameKeyFor } from '@rookery/domain'
import { RequestError } from '../request-error.ts'
import { answerWithEvent, submitEvent } from '../submit-event.ts'
import { requireAccess, requireUnmuted } from '../users/access.ts'
import type { Handler } from './handler.ts'

export const updateChannel: Handler<'update_channel'> = async (ctx, connection, frame) => {
  const { channelId, name } = frame
  const { hub } = await requireAccess(ctx, connection, channelId, 'update')
  await requireUnmuted(ctx, connection)
  if (hub.kind === 'public' && name !== undefined && nameKeyFor(channelId, name) === null)
    throw new RequestError('invalid_input', 'name: a public name may change only in spelling', {
      channelId,
    })
  submitEvent(ctx, connection, frame, answerWithEvent(ctx, connection, frame))
}

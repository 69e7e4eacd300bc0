import { requireMessage } from '../channels/message-target.ts'
import { RequestError } from '../request-error.ts'
import { answerWithEvent, submitEvent } from '../submit-event.ts'
import { requireAccess, requireUnmuted } from '../users/access.ts'
import type { Handler } from './handler.ts'

export const editMessage: Handler<'edit_message'> = async (ctx, connection, frame) => {
  const { channelId, seq } = frame
  await requireAccess(ctx, connection, channelId, 'edit_own')
  await requireUnmuted(ctx, connection)
  const message = await requireMessage(ctx, channelId, seq)
  if (message.user !== connection.user.username)
    throw new RequestError('forbidden', 'only the author may edit a message', { channelId })
  submitEvent(ctx, connection, frame, answerWithEvent(ctx, connection, frame))
}

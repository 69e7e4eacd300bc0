import { requireMessage } from '../channels/message-target.ts'
import { answerWithEvent, submitEvent } from '../submit-event.ts'
import { requireAccess } from '../users/access.ts'
import type { Handler } from './handler.ts'

export const deleteMessage: Handler<'delete_message'> = async (ctx, connection, frame) => {
  const { channelId, seq } = frame
  await requireAccess(ctx, connection, channelId, 'delete_own')
  // The log answers a repeated deletion, so a message that is deleted already may be named.
  const message = await requireMessage(ctx, channelId, seq, { deletedToo: true })
  if (message.user !== connection.user.username)
    await requireAccess(ctx, connection, channelId, 'delete_any')
  submitEvent(ctx, connection, frame, answerWithEvent(ctx, connection, frame))
}

import { requireAccess } from '../users/access.ts'
import { answerWithEvent, submitEvent } from '../submit-event.ts'
import type { Handler } from './index.ts'
import { requireMessage } from '../channels/message-target.ts'

export const deleteMessage: Handler<'delete_message'> = async (ctx, connection, frame) => {
  const { channelId, seq } = frame
  await requireAccess(ctx, connection, channelId, 'delete_own')
  // A repeat of a deletion is answered by the log, so what is deleted already may be named.
  const message = await requireMessage(ctx, channelId, seq, { deletedToo: true })
  if (message.user !== connection.user.username)
    await requireAccess(ctx, connection, channelId, 'delete_any')
  submitEvent(ctx, connection, frame, answerWithEvent(ctx, connection, frame))
}

import { requireAccess, requireUnmuted } from '../access.ts'
import { RequestError } from '../request-error.ts'
import { answerWithEvent, submitEvent } from '../submit-event.ts'
import type { Handler } from './index.ts'
import { requireMessage } from './message-target.ts'

export const editMessage: Handler<'edit_message'> = async (ctx, connection, frame) => {
  const { channelId, content, metadata, seq: targetSeq } = frame
  await requireAccess(ctx, connection, channelId, 'edit_own')
  await requireUnmuted(ctx, connection)
  const message = await requireMessage(ctx, channelId, targetSeq)
  if (message.user !== connection.user.username)
    throw new RequestError('forbidden', 'only its author may edit a message', { channelId })
  const text = metadata === undefined ? { content } : { content, metadata }
  const body = { type: 'message_edited', targetSeq, ...text } as const
  submitEvent(ctx, connection, frame, body, answerWithEvent(ctx, connection, frame))
}

import { messageAck } from '../record-body.ts'
import { submitEvent } from '../submit-event.ts'
import { requireAccess, requireUnmuted } from '../users/access.ts'
import type { Handler } from './handler.ts'

export const chatMessage: Handler<'chat_message'> = async (ctx, connection, frame) => {
  const { channelId } = frame
  await requireAccess(ctx, connection, channelId, 'send')
  await requireUnmuted(ctx, connection)
  submitEvent(ctx, connection, frame, (accepted) => {
    connection.send(messageAck(frame, accepted))
    return undefined
  })
}

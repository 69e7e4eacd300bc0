import { messageIdOf, timeOf } from '@rookery/domain'
import { requireAccess, requireUnmuted } from '../access.ts'
import { submitEvent } from '../submit-event.ts'
import type { Handler } from './index.ts'

export const chatMessage: Handler<'chat_message'> = async (ctx, connection, frame) => {
  const { channelId, clientSeq, content, metadata, requestId } = frame
  await requireAccess(ctx, connection, channelId, 'send')
  await requireUnmuted(ctx, connection)
  const text = metadata === undefined ? { content } : { content, metadata }
  submitEvent(ctx, connection, frame, { type: 'chat_message', ...text }, ({ seq, sentAtMs }) => {
    connection.send({
      type: 'message_ack',
      channelId,
      ...(clientSeq === undefined ? {} : { clientSeq }),
      seq,
      messageId: messageIdOf(channelId, seq),
      sentAt: timeOf(sentAtMs),
      ...(requestId === undefined ? {} : { requestId }),
    })
    return undefined
  })
}

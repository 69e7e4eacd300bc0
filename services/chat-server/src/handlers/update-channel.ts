import { foldChannelName, publicChannelId } from '@rookery/domain'
import { requireAccess, requireUnmuted } from '../access.ts'
import { RequestError } from '../request-error.ts'
import { answerWithEvent, submitEvent } from '../submit-event.ts'
import type { Handler } from './index.ts'

export const updateChannel: Handler<'update_channel'> = async (ctx, connection, frame) => {
  const { channelId, name, topic } = frame
  const { hub } = await requireAccess(ctx, connection, channelId, 'update')
  await requireUnmuted(ctx, connection)
  const isPublic = hub.kind === 'public'
  const nameKey = isPublic && name !== undefined ? foldChannelName(name) : undefined
  if (nameKey !== undefined && publicChannelId(nameKey) !== channelId)
    throw new RequestError('invalid_input', 'name: a public name may change only in spelling', {
      channelId,
    })
  const body = {
    type: 'channel_updated',
    ...(name === undefined ? {} : { name }),
    ...(nameKey === undefined ? {} : { nameKey }),
    ...(topic === undefined ? {} : { topic }),
  } as const
  submitEvent(ctx, connection, frame, body, answerWithEvent(ctx, connection, frame))
}

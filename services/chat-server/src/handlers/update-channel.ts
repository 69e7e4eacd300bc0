import { type ChannelUpdated, nameKeyFor } from '@rookery/domain'
import type { ClientFrameOf } from '@rookery/protocol'
import { requireAccess, requireUnmuted } from '../access.ts'
import { RequestError } from '../request-error.ts'
import { answerWithEvent, submitEvent } from '../submit-event.ts'
import type { Handler } from './index.ts'

export const updateChannel: Handler<'update_channel'> = async (ctx, connection, frame) => {
  const { channelId, name } = frame
  const { hub } = await requireAccess(ctx, connection, channelId, 'update')
  await requireUnmuted(ctx, connection)
  const body = updateOf(frame)
  if (hub.kind === 'public' && name !== undefined && body.nameKey === undefined)
    throw new RequestError('invalid_input', 'name: a public name may change only in spelling', {
      channelId,
    })
  submitEvent(ctx, connection, frame, body, answerWithEvent(ctx, connection, frame))
}

/** With the folded name where that is the public one by which the channel is known. */
export function updateOf({
  channelId,
  name,
  topic,
}: ClientFrameOf<'update_channel'>): ChannelUpdated {
  const nameKey = name === undefined ? null : nameKeyFor(channelId, name)
  return {
    type: 'channel_updated',
    ...(name === undefined ? {} : { name }),
    ...(nameKey === null ? {} : { nameKey }),
    ...(topic === undefined ? {} : { topic }),
  }
}

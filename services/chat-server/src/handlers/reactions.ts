import type { ClientFrameOf } from '@rookery/protocol'
import { requireAccess, requireUnmuted } from '../access.ts'
import type { Connection } from '../connection.ts'
import type { ChatContext } from '../context.ts'
import { answerWithEvent, submitEvent } from '../submit-event.ts'
import type { Handler } from './index.ts'
import { requireMessage } from './message-target.ts'

export const addReaction: Handler<'add_reaction'> = async (ctx, connection, frame) => {
  await requireUnmuted(ctx, connection)
  await react(ctx, connection, frame, 'reaction_added')
}

export const removeReaction: Handler<'remove_reaction'> = (ctx, connection, frame) =>
  react(ctx, connection, frame, 'reaction_removed')

async function react(
  ctx: ChatContext,
  connection: Connection,
  frame: ClientFrameOf<'add_reaction' | 'remove_reaction'>,
  type: 'reaction_added' | 'reaction_removed',
): Promise<void> {
  const { channelId, emoji, seq: targetSeq } = frame
  await requireAccess(ctx, connection, channelId, 'react')
  await requireMessage(ctx, channelId, targetSeq)
  const body = { type, targetSeq, emoji }
  submitEvent(ctx, connection, frame, body, answerWithEvent(ctx, connection, frame))
}

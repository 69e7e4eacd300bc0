import { bodyHash } from '@rookery/domain'
import { type ClientFrame, isSequenced } from '@rookery/protocol'
import type { Connection } from './sockets/connection.ts'
import type { ChatContext } from './context.ts'
import { messageAck, recordBodyOf } from './record-body.ts'
import { showStored } from './submit-event.ts'

/**
 * Answers a request that is refused now, and was accepted when it was sent first: whoever lost the answer must not be told that it took no
 * effect, only because the right or the message is gone since (often by this very request). @returns whether it was such a repeat
 */
export async function answerRepeat(
  ctx: ChatContext,
  connection: Connection,
  frame: ClientFrame,
): Promise<boolean> {
  const { user, session } = connection.whoami
  if (!isSequenced(frame) || frame.clientSeq === undefined) return false
  // Joining as a member changes nothing, so its repeat needs no answer of then.
  if (frame.type === 'join_channel') return false
  const { channelId, clientSeq, requestId } = frame
  const row = await ctx.store.sessionRow({ channelId, user: user.username, session }, clientSeq)
  if (row === null || row.bodyHash !== bodyHash(recordBodyOf(frame, user.username))) return false
  const { seq } = row
  if (frame.type === 'chat_message') connection.send(messageAck(frame, row))
  else if (frame.type === 'leave_channel') {
    connection.leaves.set(channelId, requestId)
    connection.showLeft(channelId, user.username)
  } else await showStored(ctx, connection, channelId, seq, requestId)
  return true
}

import { bodyHash, messageIdOf, timeOf, type RecordBody } from '@rookery/domain'
import type { ClientFrame } from '@rookery/protocol'
import type { Connection } from './connection.ts'
import type { ChatContext } from './context.ts'
import { updateOf } from './handlers/update-channel.ts'
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
  const body = bodyOf(frame, user.username)
  if (body === null || !('clientSeq' in frame) || frame.clientSeq === undefined) return false
  const { channelId, clientSeq, requestId } = frame
  if (channelId === undefined) return false
  const row = await ctx.store.sessionRow({ channelId, user: user.username, session }, clientSeq)
  if (row === null || row.bodyHash !== bodyHash(body)) return false
  const { seq, sentAtMs } = row
  if (frame.type === 'chat_message') {
    const messageId = messageIdOf(channelId, seq)
    const sentAt = timeOf(sentAtMs)
    const echo = requestId === undefined ? {} : { requestId }
    connection.send({ type: 'message_ack', channelId, clientSeq, seq, messageId, sentAt, ...echo })
  } else if (frame.type === 'leave_channel') {
    connection.leaves.set(channelId, requestId)
    connection.showLeft(channelId, user.username)
  } else await showStored(ctx, connection, channelId, seq, requestId)
  return true
}

/** The record's body that a request makes, for those whose repeat may find the ground gone. */
function bodyOf(frame: ClientFrame, username: string): RecordBody | null {
  switch (frame.type) {
    case 'chat_message':
      return { type: 'chat_message', ...textOf(frame) }
    case 'edit_message':
      return { type: 'message_edited', targetSeq: frame.seq, ...textOf(frame) }
    case 'delete_message':
      return { type: 'message_deleted', targetSeq: frame.seq }
    case 'add_reaction':
      return { type: 'reaction_added', targetSeq: frame.seq, emoji: frame.emoji }
    case 'remove_reaction':
      return { type: 'reaction_removed', targetSeq: frame.seq, emoji: frame.emoji }
    case 'leave_channel':
      return { type: 'participant_left', username }
    case 'remove_participant':
      return { type: 'participant_left', username: frame.username }
    case 'set_role':
      return { type: 'role_changed', username: frame.username, role: frame.role }
    case 'update_channel':
      return updateOf(frame)
    default:
      return null
  }
}

function textOf({
  content,
  metadata,
}: {
  content: string
  metadata?: Record<string, unknown> | undefined
}): {
  content: string
  metadata?: Record<string, unknown>
} {
  return metadata === undefined ? { content } : { content, metadata }
}

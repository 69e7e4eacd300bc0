import { bodyHash } from '@rookery/domain'
import type { MessageStore } from '@rookery/message-store'
import { type ClientFrame, isSequenced } from '@rookery/protocol'
import { messageAck, recordBodyOf } from './record-body.ts'
import type { Connection } from './sockets/connection.ts'
import { showStored } from './submit-event.ts'

export interface AnswerRepeatDeps {
  store: Pick<MessageStore, 'sessionRow' | 'events'>
}

/**
 * Answers a request that would be refused now, but was accepted when it was sent first. A client
 * that lost the answer must not be told that its request took no effect, only because the right or
 * the message is gone since. Often this very request took it away.
 *
 * Example: `leave_channel` 7 is stored, and its answer is lost. Sent again it would be `not_found`,
 * because the user is no member any more. It is answered with `channel_left` instead.
 *
 * @returns true if it was such a repeat
 */
export async function answerRepeat(
  deps: AnswerRepeatDeps,
  connection: Connection,
  frame: ClientFrame,
): Promise<boolean> {
  const { user, session } = connection.whoami
  if (!isSequenced(frame) || frame.clientSeq === undefined) return false
  // A member who joins again changes nothing, so the repeat of a join is handled like a first one.
  if (frame.type === 'join_channel') return false
  const { channelId, clientSeq, requestId } = frame
  const row = await deps.store.sessionRow({ channelId, user: user.username, session }, clientSeq)
  if (row === null || row.bodyHash !== bodyHash(recordBodyOf(frame, user.username))) return false
  if (frame.type === 'chat_message') connection.send(messageAck(frame, row))
  else if (frame.type === 'leave_channel') {
    connection.leaves.set(channelId, requestId)
    connection.showLeft(channelId, user.username)
  } else await showStored(deps, connection, channelId, row.seq, requestId)
  return true
}

import type { MessageRow } from '@rookery/message-store'
import { canonicalEmoji, serverLimits } from '@rookery/protocol'
import { requireMessage } from '../channels/message-target.ts'
import { recordBodyOf } from '../record-body.ts'
import { RequestError } from '../request-error.ts'
import { answerWithEvent, submitEvent, submitRecord } from '../submit-event.ts'
import { requireAccess, requireUnmuted } from '../users/access.ts'
import type { Handler } from './handler.ts'

export const addReaction: Handler<'add_reaction'> = async (ctx, connection, frame) => {
  await requireUnmuted(ctx, connection)
  const { channelId, emoji, seq: targetSeq } = frame
  await requireAccess(ctx, connection, channelId, 'react')
  const { user } = connection
  const messageKey = `${channelId}.${targetSeq}`
  // Noted before the read: a reaction that is stored during the read is in one of the two.
  const earlier = user.reacting(messageKey)
  const message = await requireMessage(ctx, channelId, targetSeq)
  const pending = [...earlier, ...user.reacting(messageKey)]
  requireRoomForReaction(message, emoji, user.username, pending)
  const answer = answerWithEvent(ctx, connection, frame)
  submitEvent(ctx, connection, frame, answer, () => user.beginReacting(messageKey, emoji))
}

function requireRoomForReaction(
  { channelId, reactions }: MessageRow,
  emoji: string,
  username: string,
  pending: readonly string[],
): void {
  if (usersWho(reactions, emoji).has(username)) return
  const stored = [...reactions].filter(([, users]) => users.includes(username))
  const own = new Set([...stored.map(([each]) => each), ...pending])
  const { reactionsPerUser, reactionsPerMessage } = serverLimits
  if (!own.has(emoji) && own.size >= reactionsPerUser)
    throw new RequestError(
      'conflict',
      `a message takes ${reactionsPerUser} reactions of one user, remove one first`,
      { channelId },
    )
  if (!reactions.has(emoji) && reactions.size >= reactionsPerMessage)
    throw new RequestError(
      'conflict',
      `a message takes ${reactionsPerMessage} different reactions, use one of them`,
      { channelId },
    )
}

/** Removes the user's own reaction, or, for a moderator, that of the named user. */
export const removeReaction: Handler<'remove_reaction'> = async (ctx, connection, frame) => {
  const { channelId, emoji, seq: targetSeq } = frame
  const own = connection.user.username
  const username = frame.username ?? own
  await requireAccess(ctx, connection, channelId, username === own ? 'react' : 'delete_any')
  const { reactions } = await requireMessage(ctx, channelId, targetSeq)
  if (username === own) {
    submitEvent(ctx, connection, frame, answerWithEvent(ctx, connection, frame))
    return
  }
  if (!usersWho(reactions, emoji).has(username))
    throw new RequestError('not_found', `${username} has not reacted like this`, { channelId })
  // The record is in the name of the user who reacted, so that even an old client removes the
  // right reaction.
  const { type, requestId } = frame
  const request = { type, channelId, requestId, inNameOf: username }
  const body = recordBodyOf(frame, username)
  submitRecord(ctx, connection, request, body, answerWithEvent(ctx, connection, request))
}

/** The users who reacted with the emoji, in any of its spellings. */
function usersWho(reactions: MessageRow['reactions'], emoji: string): Set<string> {
  const spellings = [...reactions].filter(([each]) => (canonicalEmoji(each) ?? each) === emoji)
  return new Set(spellings.flatMap(([, users]) => users))
}

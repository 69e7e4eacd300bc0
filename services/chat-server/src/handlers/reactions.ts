import type { MessageRow } from '@rookery/message-store'
import { canonicalEmoji, serverLimits } from '@rookery/protocol'
import { requireAccess, requireUnmuted } from '../users/access.ts'
import { recordBodyOf } from '../record-body.ts'
import { RequestError } from '../request-error.ts'
import { answerWithEvent, submitEvent, submitRecord } from '../submit-event.ts'
import type { Handler } from './index.ts'
import { requireMessage } from '../channels/message-target.ts'

export const addReaction: Handler<'add_reaction'> = async (ctx, connection, frame) => {
  await requireUnmuted(ctx, connection)
  const { channelId, emoji, seq: targetSeq } = frame
  await requireAccess(ctx, connection, channelId, 'react')
  const message = await requireMessage(ctx, channelId, targetSeq)
  const { user } = connection
  const messageKey = `${channelId}.${targetSeq}`
  requireRoomForReaction(message, emoji, user.username, user.reacting(messageKey))
  const answer = answerWithEvent(ctx, connection, frame)
  submitEvent(ctx, connection, frame, answer, () => user.beginReacting(messageKey))
}

function requireRoomForReaction(
  { channelId, reactions }: MessageRow,
  emoji: string,
  username: string,
  onTheirWay: number,
): void {
  if (usersWho(reactions, emoji).has(username)) return
  const own = [...reactions.values()].filter((users) => users.includes(username)).length
  const { reactionsPerUser, reactionsPerMessage } = serverLimits
  if (own + onTheirWay >= reactionsPerUser)
    throw new RequestError('conflict', `${reactionsPerUser} reactions of yours are the most`, {
      channelId,
    })
  if (!reactions.has(emoji) && reactions.size >= reactionsPerMessage)
    throw new RequestError('conflict', `a message holds ${reactionsPerMessage} reactions`, {
      channelId,
    })
}

/** Takes away the own reaction, or, as a moderator, the one of the user that is named. */
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
  // In the name of the user whose reaction it is, so that every client, however old, takes the right
  // reaction away.
  const { type, requestId } = frame
  const request = { type, channelId, requestId, inNameOf: username }
  const body = recordBodyOf(frame, username)
  submitRecord(ctx, connection, request, body, answerWithEvent(ctx, connection, request))
}

/** Whose reaction it is, in whichever spelling of the emoji it is stored. */
function usersWho(reactions: MessageRow['reactions'], emoji: string): Set<string> {
  const spellings = [...reactions].filter(([each]) => (canonicalEmoji(each) ?? each) === emoji)
  return new Set(spellings.flatMap(([, users]) => users))
}

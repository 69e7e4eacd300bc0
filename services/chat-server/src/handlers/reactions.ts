import { may } from '@rookery/domain'
import type { MessageRow } from '@rookery/message-store'
import { canonicalEmoji, serverLimits } from '@rookery/protocol'
import { requireAccess, requireUnmuted } from '../access.ts'
import type { Connection } from '../connection.ts'
import type { ChatContext } from '../context.ts'
import { OutFrame, withRequestId } from '../out-frame.ts'
import { RequestError } from '../request-error.ts'
import { answerWithEvent, refusalOf, submitEvent } from '../submit-event.ts'
import type { Handler } from './index.ts'
import { requireMessage } from './message-target.ts'

/** Others' reactions that a moderator takes away with one request. */
const maxTakenAway = 100

export const addReaction: Handler<'add_reaction'> = async (ctx, connection, frame) => {
  await requireUnmuted(ctx, connection)
  const { channelId, emoji, seq: targetSeq } = frame
  await requireAccess(ctx, connection, channelId, 'react')
  const message = await requireMessage(ctx, channelId, targetSeq)
  const { user } = connection
  const messageKey = `${channelId}.${targetSeq}`
  requireRoomForReaction(message, emoji, user.username, user.reacting(messageKey))
  const body = { type: 'reaction_added', targetSeq, emoji } as const
  const answer = answerWithEvent(ctx, connection, frame)
  submitEvent(ctx, connection, frame, body, answer, () => user.beginReacting(messageKey))
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

/**
 * Takes away the own reaction. A moderator takes away another user's, or, without a name and without a
 * reaction of the own, everybody's of this emoji.
 */
export const removeReaction: Handler<'remove_reaction'> = async (ctx, connection, frame) => {
  const { channelId, emoji, seq: targetSeq, username } = frame
  const { role, hub } = await requireAccess(ctx, connection, channelId, 'react')
  const { reactions } = await requireMessage(ctx, channelId, targetSeq)
  const own = connection.user.username
  const users = usersWho(reactions, emoji)
  const others =
    username === undefined && !users.has(own) && may('delete_any', hub.kind, role)
      ? [...users]
      : [...users].filter((user) => user === username && user !== own)
  if (username !== undefined && username !== own)
    await requireAccess(ctx, connection, channelId, 'delete_any')
  const body = { type: 'reaction_removed', targetSeq, emoji } as const
  if (others.length === 0) {
    submitEvent(ctx, connection, frame, body, answerWithEvent(ctx, connection, frame))
    return
  }
  if (others.length > maxTakenAway)
    throw new RequestError('conflict', 'too many users reacted like this: name one of them', {
      channelId,
    })
  for (const [index, user] of others.entries())
    takeAway(ctx, connection, { ...frame, user, body, isLast: index === others.length - 1 })
}

/**
 * Appends the removal in the name of the user whose reaction it is, so that every client, however old,
 * takes the right reaction away. The last removal answers the request.
 */
function takeAway(
  ctx: ChatContext,
  connection: Connection,
  removal: {
    channelId: string
    requestId?: string | undefined
    user: string
    body: { type: 'reaction_removed'; targetSeq: number; emoji: string }
    isLast: boolean
  },
): void {
  const { channelId, requestId, user, body, isLast } = removal
  ctx.submitter.submit({ channelId, user, body, ...connection.stamp() }, (outcome) => {
    if (!isLast) return undefined
    if (outcome.kind !== 'accepted') {
      const echo = { type: 'remove_reaction', channelId, requestId }
      if (!connection.closed) connection.refuse(refusalOf(outcome, channelId), echo)
      return undefined
    }
    if (outcome.event === null || requestId === undefined) return undefined
    connection.answer(new OutFrame(withRequestId(outcome.event.frame, requestId), false))
    return connection
  })
}

/** Whose reaction it is, in whichever spelling of the emoji it is stored. */
function usersWho(reactions: MessageRow['reactions'], emoji: string): Set<string> {
  const spellings = [...reactions].filter(([each]) => (canonicalEmoji(each) ?? each) === emoji)
  return new Set(spellings.flatMap(([, users]) => users))
}

import type { EventFrame } from '@rookery/protocol'
import { notesKey } from './channel-ids.ts'
import { isStampedSession, type Text } from './channel-record.ts'
import { messageIdOf, type EventRow } from './event-row.ts'
import type { EventPush } from './push.ts'

/** RFC 3339, UTC, milliseconds. */
export function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}

/**
 * The wire frame of an event, a pure function of its row. Erased text is shown as empty content. A
 * `channel_created` names its members only by username; the server that shows it adds display names
 * and statuses.
 */
export function eventFrame(row: EventRow): EventFrame {
  const { body, channelId, seq, user } = row
  const senderFields = isStampedSession(row.session)
    ? {}
    : { session: row.session, clientSeq: row.clientSeq }
  const at = timeOf(row.sentAtMs)
  const head = { channelId, seq }
  switch (body.type) {
    case 'chat_message':
      return {
        type: body.type,
        ...head,
        messageId: messageIdOf(channelId, seq),
        senderId: user,
        ...textFields(row.text),
        sentAt: at,
        ...senderFields,
      }
    case 'message_edited':
      return {
        type: body.type,
        ...head,
        targetSeq: body.targetSeq,
        ...textFields(row.text),
        by: user,
        at,
        ...senderFields,
      }
    case 'message_deleted':
      return { type: body.type, ...head, targetSeq: body.targetSeq, by: user, at, ...senderFields }
    case 'reaction_added':
    case 'reaction_removed':
      return {
        type: body.type,
        ...head,
        targetSeq: body.targetSeq,
        emoji: body.emoji,
        by: user,
        at,
        ...senderFields,
      }
    case 'participant_joined':
    case 'participant_left':
      return { type: body.type, ...head, username: body.username, by: user, at, ...senderFields }
    case 'role_changed':
      return {
        type: body.type,
        ...head,
        username: body.username,
        role: body.role,
        by: user,
        at,
        ...senderFields,
      }
    case 'channel_updated':
      return {
        type: body.type,
        ...head,
        ...(body.name === undefined ? {} : { name: body.name }),
        ...(body.topic === undefined ? {} : { topic: body.topic }),
        by: user,
        at,
        ...senderFields,
      }
    case 'channel_created':
      return {
        type: body.type,
        ...head,
        channel: {
          channelId,
          kind: body.kind,
          name: body.name,
          createdAt: at,
          memberCount: body.members.length,
          head: seq,
          participants: body.members.slice(0, 100).map((member) => ({
            username: member.username,
            displayName: member.username,
            role: member.role,
            status: 'offline',
          })),
          lastReadSeq: seq,
          unread: 0,
          ...(body.clientKey === notesKey && { notes: true }),
        },
        by: user,
        at,
      }
  }
}

function textFields(text: Text | null): Text {
  if (text === null) return { content: '' }
  return text.metadata === undefined
    ? { content: text.content }
    : { content: text.content, metadata: text.metadata }
}

/** The users whose set of channels an event changes. */
export function usersChangedBy(body: EventRow['body']): string[] {
  switch (body.type) {
    case 'channel_created':
      return body.members.map((member) => member.username)
    case 'participant_joined':
    case 'participant_left':
      return [body.username]
    default:
      return []
  }
}

/**
 * The push with which a server forwards a stored event. With the hash of its body, the server can
 * also answer the request of its sender.
 */
export function eventPush(row: EventRow, bodyHash?: string): EventPush {
  const { channelId, seq, messageNumber, user, session, clientSeq, sentAtMs } = row
  const users = usersChangedBy(row.body)
  return {
    k: 'event',
    channelId,
    seq,
    messageNumber,
    type: row.body.type,
    user,
    session,
    clientSeq,
    sentAtMs,
    ...(bodyHash === undefined ? {} : { bodyHash }),
    ...(users.length === 0 ? {} : { users }),
    frame: JSON.stringify(eventFrame(row)),
  }
}

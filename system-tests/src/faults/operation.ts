import { directChannelId, groupChannelId, type EventRow, type Text } from '@rookery/domain'

/**
 * What a user asks for. Texts and emoji hold the number of their operation, so that an event shows
 * which operation made it.
 */
export type Operation =
  | { type: 'chat_message'; channelId: string; content: string }
  | { type: 'edit_message'; channelId: string; seq: number; content: string }
  | { type: 'delete_message'; channelId: string; seq: number }
  | { type: 'add_reaction' | 'remove_reaction'; channelId: string; seq: number; emoji: string }
  | { type: 'join_channel' | 'leave_channel'; channelId: string }
  | { type: 'add_participants'; channelId: string; participants: readonly [string] }
  | { type: 'remove_participant'; channelId: string; username: string }
  | { type: 'mark_channel_read'; channelId: string; seq: number }
  | {
      type: 'create_channel'
      /** Known before the creation: it follows from the names, or from the key. */
      channelId: string
      kind: 'direct' | 'group' | 'public'
      participants: readonly string[]
      name?: string
      clientKey?: string
    }

/** The request frame of an operation, without numbers. */
export function requestOf(operation: Operation): Record<string, unknown> {
  if (operation.type !== 'create_channel') return { ...operation }
  const { channelId: _known, ...request } = operation
  return request.kind === 'direct'
    ? { type: request.type, participants: request.participants }
    : request
}

export function direct(user: string, other: string): Operation {
  const channelId = directChannelId(user, other)
  return { type: 'create_channel', channelId, kind: 'direct', participants: [other] }
}

export function group(user: string, clientKey: string, participants: readonly string[]): Operation {
  const channelId = groupChannelId(user, { clientKey })
  return {
    type: 'create_channel',
    channelId,
    kind: 'group',
    participants,
    name: clientKey,
    clientKey,
  }
}

/**
 * Names the effect of an operation. An event with the same effect has the same name, see
 * `effectOfRow`. Null if the operation makes no event.
 */
export function effectOfOperation(user: string, operation: Operation): string | null {
  const { channelId } = operation
  switch (operation.type) {
    case 'chat_message':
      return effect(user, channelId, 'chat_message', operation.content)
    case 'edit_message':
      return effect(user, channelId, 'message_edited', operation.seq, operation.content)
    case 'delete_message':
      return effect(user, channelId, 'message_deleted', operation.seq)
    case 'add_reaction':
      return effect(user, channelId, 'reaction_added', operation.seq, operation.emoji)
    case 'remove_reaction':
      return effect(user, channelId, 'reaction_removed', operation.seq, operation.emoji)
    case 'join_channel':
      return effect(user, channelId, 'participant_joined', user)
    case 'leave_channel':
      return effect(user, channelId, 'participant_left', user)
    case 'add_participants':
      return effect(user, channelId, 'participant_joined', operation.participants[0])
    case 'remove_participant':
      return effect(user, channelId, 'participant_left', operation.username)
    case 'create_channel':
      // A direct channel is the same, whichever of its two users opens it.
      return operation.kind === 'direct'
        ? effect('', channelId, 'channel_created')
        : effect(user, channelId, 'channel_created')
    case 'mark_channel_read':
      return null
  }
}

/** @param text the text of the event before it was erased */
export function effectOfRow({ user, channelId, body }: EventRow, text: Text | null): string {
  switch (body.type) {
    case 'chat_message':
      return effect(user, channelId, body.type, text?.content ?? '')
    case 'message_edited':
      return effect(user, channelId, body.type, body.targetSeq, text?.content ?? '')
    case 'message_deleted':
      return effect(user, channelId, body.type, body.targetSeq)
    case 'reaction_added':
    case 'reaction_removed':
      return effect(user, channelId, body.type, body.targetSeq, body.emoji)
    case 'participant_joined':
    case 'participant_left':
      return effect(user, channelId, body.type, body.username)
    case 'channel_created':
      return effect(body.kind === 'direct' ? '' : user, channelId, body.type)
    case 'role_changed':
      return effect(user, channelId, body.type, body.username, body.role)
    case 'channel_updated':
      return effect(user, channelId, body.type, body.name ?? '', body.topic ?? '')
  }
}

/**
 * True if only one operation of a run has this effect. Then at most one event may have it.
 */
export function isSingular({ type }: Operation): boolean {
  return !['join_channel', 'leave_channel', 'add_participants', 'remove_participant'].includes(type)
}

function effect(...parts: readonly (string | number)[]): string {
  return JSON.stringify(parts)
}

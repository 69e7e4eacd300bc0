/** The requests that make exactly one event, and so may carry `clientSeq`. */
export const sequencedFrameTypes = [
  'join_channel',
  'leave_channel',
  'chat_message',
  'edit_message',
  'delete_message',
  'add_reaction',
  'remove_reaction',
  'remove_participant',
  'set_role',
  'update_channel',
] as const
export type SequencedFrameType = (typeof sequencedFrameTypes)[number]

/** The types of the numbered frames of a channel. */
export const eventTypes = [
  'channel_created',
  'chat_message',
  'participant_joined',
  'participant_left',
  'role_changed',
  'channel_updated',
  'message_edited',
  'message_deleted',
  'reaction_added',
  'reaction_removed',
] as const
export type EventType = (typeof eventTypes)[number]

export function isEventType(type: string): type is EventType {
  return (eventTypes as readonly string[]).includes(type)
}

import type { ClientFrameType } from './client-frames/index.ts'
import type { ServerFrameType } from './server-frames.ts'

/**
 * The frames that may answer a request, apart from `error`. Exactly one frame answers a request. It
 * echoes the requestId.
 */
export const answerTypes = {
  authenticate: ['authenticated'],
  create_channel: ['channel_created', 'channel_joined'],
  join_channel: ['channel_joined'],
  leave_channel: ['channel_left'],
  chat_message: ['message_ack'],
  edit_message: ['message_edited'],
  delete_message: ['message_deleted'],
  add_reaction: ['reaction_added'],
  remove_reaction: ['reaction_removed'],
  add_participants: ['participant_joined'],
  remove_participant: ['participant_left'],
  set_role: ['role_changed'],
  update_channel: ['channel_updated'],
  mark_channel_read: ['channel_read'],
  sync: ['sync_result'],
  status_update: ['presence_update'],
  subscribe: ['presence_update'],
  unsubscribe: ['ok'],
  typing: [],
  heartbeat: ['heartbeat_ack'],
} as const satisfies Record<ClientFrameType, readonly ServerFrameType[]>

export type AnswerType<Type extends ClientFrameType> = (typeof answerTypes)[Type][number]

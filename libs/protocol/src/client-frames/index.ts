import type { z } from 'zod'
import {
  addParticipantsSchema,
  createChannelSchema,
  joinChannelSchema,
  leaveChannelSchema,
  markChannelReadSchema,
  removeParticipantSchema,
  setRoleSchema,
  syncSchema,
  typingSchema,
  updateChannelSchema,
} from './channels.ts'
import {
  authenticateSchema,
  heartbeatSchema,
  statusUpdateSchema,
  subscribeSchema,
  unsubscribeSchema,
} from './connection.ts'
import { sequencedFrameTypes } from '../frame-types.ts'
import type { SequencedFrameType } from '../frame-types.ts'
import {
  addReactionSchema,
  chatMessageSchema,
  deleteMessageSchema,
  editMessageSchema,
  removeReactionSchema,
} from './messages.ts'

/** The schema of every client → server frame, by its `type`. */
export const clientFrameSchemas = {
  authenticate: authenticateSchema,
  create_channel: createChannelSchema,
  join_channel: joinChannelSchema,
  leave_channel: leaveChannelSchema,
  chat_message: chatMessageSchema,
  edit_message: editMessageSchema,
  delete_message: deleteMessageSchema,
  add_reaction: addReactionSchema,
  remove_reaction: removeReactionSchema,
  add_participants: addParticipantsSchema,
  remove_participant: removeParticipantSchema,
  set_role: setRoleSchema,
  update_channel: updateChannelSchema,
  mark_channel_read: markChannelReadSchema,
  sync: syncSchema,
  status_update: statusUpdateSchema,
  subscribe: subscribeSchema,
  unsubscribe: unsubscribeSchema,
  typing: typingSchema,
  heartbeat: heartbeatSchema,
} as const

export type ClientFrameType = keyof typeof clientFrameSchemas

/** One client → server frame; a union discriminated by `type`. */
export type ClientFrame = {
  [Type in ClientFrameType]: z.infer<(typeof clientFrameSchemas)[Type]>
}[ClientFrameType]

/** The frame of one type. */
export type ClientFrameOf<Type extends ClientFrameType> = Extract<ClientFrame, { type: Type }>

export type SequencedFrame = ClientFrameOf<SequencedFrameType>

export function isSequenced(frame: ClientFrame): frame is SequencedFrame {
  const types: readonly ClientFrameType[] = sequencedFrameTypes
  return types.includes(frame.type)
}

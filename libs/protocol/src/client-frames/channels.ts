import { z } from 'zod'
import { channelKindSchema, roleSchema } from '../entities.ts'
import {
  channelIdSchema,
  clientKeySchema,
  clientSeqSchema,
  requestIdSchema,
  seqSchema,
  userIdSchema,
} from '../ids.ts'
import { bounds } from '../bounds.ts'
import { channelNameSchema, topicSchema } from '../names.ts'
import { text } from '../text.ts'

const requestId = requestIdSchema.optional()
const channelId = channelIdSchema
const clientSeq = clientSeqSchema.optional()
/** Looser than `channelNameSchema`, which refuses the names of some older channels. */
const existingName = text(1, bounds.channelNameMax)
const participants = z.array(userIdSchema).max(bounds.participantsMax)

export const createChannelSchema = z.object({
  type: z.literal('create_channel'),
  requestId,
  name: channelNameSchema.optional(),
  participants: participants
    .optional()
    .meta({ description: 'usernames, without the sender’s own' }),
  kind: channelKindSchema
    .optional()
    .meta({ description: 'by default, the server derives it from the other fields' }),
  clientKey: clientKeySchema.optional(),
})

export const joinChannelSchema = z
  .object({
    type: z.literal('join_channel'),
    requestId,
    channelId: channelId.optional(),
    name: existingName
      .optional()
      .meta({ description: 'of a public channel, instead of channelId' }),
    limit: z
      .int()
      .min(1)
      .max(bounds.pageMax)
      .optional()
      .meta({ description: `messages to show; ${bounds.joinMessagesDefault} by default` }),
    afterSeq: z.int().min(0).optional().meta({ description: 'shows only messages above this seq' }),
    clientSeq,
  })
  .refine((frame) => (frame.channelId === undefined) !== (frame.name === undefined), {
    path: ['channelId'],
    message: 'give either channelId or name',
  })

export const leaveChannelSchema = z.object({
  type: z.literal('leave_channel'),
  requestId,
  channelId,
  clientSeq,
})

export const addParticipantsSchema = z.object({
  type: z.literal('add_participants'),
  requestId,
  channelId,
  participants: participants.min(1).meta({ description: 'usernames' }),
})

export const removeParticipantSchema = z.object({
  type: z.literal('remove_participant'),
  requestId,
  channelId,
  username: userIdSchema.meta({ description: 'the user to remove' }),
  clientSeq,
})

export const setRoleSchema = z.object({
  type: z.literal('set_role'),
  requestId,
  channelId,
  username: userIdSchema.meta({ description: 'the user whose role changes' }),
  role: roleSchema.meta({ description: 'the new role' }),
  clientSeq,
})

export const updateChannelSchema = z
  .object({
    type: z.literal('update_channel'),
    requestId,
    channelId,
    name: channelNameSchema.optional(),
    topic: topicSchema.optional().meta({ description: 'empty removes it' }),
    clientSeq,
  })
  .refine((frame) => frame.name !== undefined || frame.topic !== undefined, {
    path: ['name'],
    message: 'give name, topic or both',
  })

export const markChannelReadSchema = z.object({
  type: z.literal('mark_channel_read'),
  requestId,
  channelId,
  seq: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'the seq up to which everything was read; the head by default' }),
})

export const syncSchema = z.object({
  type: z.literal('sync'),
  requestId,
  channels: z
    .record(channelIdSchema, z.int().min(0))
    .refine(
      (channels) => Object.keys(channels).length <= bounds.syncChannelsMax,
      `must name at most ${bounds.syncChannelsMax} channels`,
    )
    .meta({ description: 'channelId → the seq up to which the client has every event' }),
})

export const typingSchema = z.object({ type: z.literal('typing'), requestId, channelId })

/** Shared by the requests that point at one message. */
export const messageTarget = { requestId, channelId, seq: seqSchema, clientSeq }

import { z } from 'zod'
import { contentSchema, emojiSchema, removableEmojiSchema } from '../content.ts'
import { channelIdSchema, clientSeqSchema, requestIdSchema, userIdSchema } from '../ids.ts'
import { metadataSchema } from '../text.ts'
import { messageTarget } from './channels.ts'

export const chatMessageSchema = z.object({
  type: z.literal('chat_message'),
  requestId: requestIdSchema.optional(),
  channelId: channelIdSchema,
  content: contentSchema,
  metadata: metadataSchema.optional(),
  clientSeq: clientSeqSchema.optional(),
})

export const editMessageSchema = z.object({
  type: z.literal('edit_message'),
  ...messageTarget,
  content: contentSchema,
  metadata: metadataSchema.optional(),
})

export const deleteMessageSchema = z.object({ type: z.literal('delete_message'), ...messageTarget })

export const addReactionSchema = z.object({
  type: z.literal('add_reaction'),
  ...messageTarget,
  emoji: emojiSchema,
})

export const removeReactionSchema = z.object({
  type: z.literal('remove_reaction'),
  ...messageTarget,
  emoji: removableEmojiSchema,
  username: userIdSchema
    .optional()
    .meta({ description: 'the user who reacted, for owners and admins; by default, the sender' }),
})

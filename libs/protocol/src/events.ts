import { z } from 'zod'
import { channelSchema, roleSchema, timestampSchema } from './entities.ts'
import type { EventType } from './frame-types.ts'
import { metadataSchema } from './text.ts'

const numbered = {
  channelId: z.string(),
  seq: z.int().min(1).meta({ description: 'the number of this event in its channel' }),
  session: z.string().optional(),
  clientSeq: z.int().min(1).optional(),
  requestId: z.string().optional().meta({ description: 'only for the sender of the request' }),
}
const done = {
  by: z.string().meta({ description: 'the user who did it' }),
  at: timestampSchema,
}
const target = { targetSeq: z.int().min(1).meta({ description: 'the message' }) }

/** `sync` still returns the event of a deleted message, with its number and an empty text. */
const content = z.string().meta({ description: "'' once deleted" })

/** The numbered frames of a channel, by their `type`. */
export const eventSchemas = {
  channel_created: z.object({
    type: z.literal('channel_created'),
    ...numbered,
    channel: channelSchema,
    ...done,
  }),
  chat_message: z.object({
    type: z.literal('chat_message'),
    ...numbered,
    messageId: z.string(),
    senderId: z.string(),
    content,
    metadata: metadataSchema.optional(),
    sentAt: timestampSchema,
  }),
  participant_joined: z.object({
    type: z.literal('participant_joined'),
    ...numbered,
    username: z.string(),
    ...done,
  }),
  participant_left: z.object({
    type: z.literal('participant_left'),
    ...numbered,
    username: z.string(),
    ...done,
  }),
  role_changed: z.object({
    type: z.literal('role_changed'),
    ...numbered,
    username: z.string(),
    role: roleSchema,
    ...done,
  }),
  channel_updated: z.object({
    type: z.literal('channel_updated'),
    ...numbered,
    name: z.string().optional(),
    topic: z.string().optional(),
    ...done,
  }),
  message_edited: z.object({
    type: z.literal('message_edited'),
    ...numbered,
    ...target,
    content,
    metadata: metadataSchema.optional(),
    ...done,
  }),
  message_deleted: z.object({
    type: z.literal('message_deleted'),
    ...numbered,
    ...target,
    ...done,
  }),
  reaction_added: z.object({
    type: z.literal('reaction_added'),
    ...numbered,
    ...target,
    emoji: z.string(),
    ...done,
  }),
  reaction_removed: z.object({
    type: z.literal('reaction_removed'),
    ...numbered,
    ...target,
    emoji: z.string(),
    ...done,
  }),
} as const satisfies Record<EventType, z.ZodType>

export const eventSchema = z.discriminatedUnion('type', [
  eventSchemas.channel_created,
  eventSchemas.chat_message,
  eventSchemas.participant_joined,
  eventSchemas.participant_left,
  eventSchemas.role_changed,
  eventSchemas.channel_updated,
  eventSchemas.message_edited,
  eventSchemas.message_deleted,
  eventSchemas.reaction_added,
  eventSchemas.reaction_removed,
])

export type EventFrame = z.infer<typeof eventSchema>
export type EventFrameOf<Type extends EventType> = Extract<EventFrame, { type: Type }>

import { z } from 'zod'
import {
  channelSchema,
  messageSchema,
  participantSchema,
  presenceSchema,
  profileSchema,
  timestampSchema,
} from './entities.ts'
import { errorCodeNames } from './error-codes.ts'
import { eventSchema, eventSchemas } from './events.ts'
import { limitsSchema } from './limits.ts'

const requestId = z.string().optional().meta({ description: 'of the request that this answers' })
const channelId = z.string()
const seq = z.int().min(1)
const head = z.int().min(0).meta({ description: 'seq of the newest event' })

export const authenticatedSchema = z.object({
  type: z.literal('authenticated'),
  requestId,
  protocol: z.literal(1),
  user: profileSchema,
  serverId: z.string(),
  session: z.string().meta({ description: 'the client’s, or one that the server made' }),
  epoch: z
    .string()
    .meta({ description: 'changes when the log is recreated; then drop every cached event' }),
  expiresAt: timestampSchema.meta({ description: 'when the access token ends' }),
  heartbeatIntervalMs: z.int().positive(),
  limits: limitsSchema,
})

export const channelsListSchema = z.object({
  type: z.literal('channels_list'),
  channels: z.array(channelSchema),
  more: z.boolean().meta({ description: 'another page follows' }),
})

export const channelJoinedSchema = z.object({
  type: z.literal('channel_joined'),
  requestId,
  channelId,
  channel: channelSchema,
  participants: z.array(participantSchema).meta({ description: 'at most 100' }),
  messages: z
    .array(messageSchema)
    .meta({ description: 'the newest messages, ascending, with their present content' }),
  head,
  by: z.string().optional().meta({ description: 'the user who added this one' }),
})

export const channelLeftSchema = z.object({
  type: z.literal('channel_left'),
  requestId,
  channelId,
  by: z.string(),
})

export const messageAckSchema = z.object({
  type: z.literal('message_ack'),
  requestId,
  channelId,
  clientSeq: z.int().min(1).optional(),
  seq,
  messageId: z.string(),
  sentAt: timestampSchema,
})

export const channelReadSchema = z.object({
  type: z.literal('channel_read'),
  requestId,
  channelId,
  userId: z.string(),
  lastReadSeq: z.int().min(0),
})

export const errorCodeSchema = z.enum(errorCodeNames)

/** One channel's part of a `sync_result`. */
export const channelSyncSchema = z.union([
  z.object({ events: z.array(eventSchema), head, more: z.boolean() }),
  z.object({ reset: z.literal(true), head }),
  z.object({ error: z.object({ code: errorCodeSchema, message: z.string() }) }),
])
export type ChannelSync = z.infer<typeof channelSyncSchema>

export const syncResultSchema = z.object({
  type: z.literal('sync_result'),
  requestId,
  epoch: z.string(),
  channels: z.record(z.string(), channelSyncSchema),
})

export const channelHeadSchema = z.object({ type: z.literal('channel_head'), channelId, head })

export const presenceUpdateSchema = z.object({
  type: z.literal('presence_update'),
  requestId,
  presence: z.array(presenceSchema),
})

export const typingShownSchema = z.object({
  type: z.literal('typing'),
  channelId,
  userId: z.string(),
})

export const serverDrainingSchema = z.object({
  type: z.literal('server_draining'),
  reconnectAfterMs: z.int().min(0),
})

export const okSchema = z.object({ type: z.literal('ok'), requestId })

export const heartbeatAckSchema = z.object({ type: z.literal('heartbeat_ack'), requestId })

export const errorFrameSchema = z.object({
  type: z.literal('error'),
  code: errorCodeSchema,
  message: z.string(),
  requestId,
  channelId: z.string().optional(),
  clientSeq: z.int().min(1).optional(),
  retryAfterMs: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'the same request may be sent again after this time' }),
  fatal: z.boolean().optional().meta({ description: 'the server closes the socket next' }),
})

/** Several events in one frame, in order, never nested. Only for clients that offered `batch`. */
export const batchSchema = z.object({ type: z.literal('batch'), events: z.array(eventSchema) })

/** The schema of every server → client frame, by its `type`. */
export const serverFrameSchemas = {
  authenticated: authenticatedSchema,
  channels_list: channelsListSchema,
  channel_joined: channelJoinedSchema,
  channel_left: channelLeftSchema,
  ...eventSchemas,
  message_ack: messageAckSchema,
  channel_read: channelReadSchema,
  sync_result: syncResultSchema,
  channel_head: channelHeadSchema,
  presence_update: presenceUpdateSchema,
  typing: typingShownSchema,
  server_draining: serverDrainingSchema,
  ok: okSchema,
  heartbeat_ack: heartbeatAckSchema,
  error: errorFrameSchema,
  batch: batchSchema,
} as const

export type ServerFrameType = keyof typeof serverFrameSchemas

/** One server → client frame; a union discriminated by `type`. */
export type ServerFrame = {
  [Type in ServerFrameType]: z.infer<(typeof serverFrameSchemas)[Type]>
}[ServerFrameType]

/** The frame of one type. */
export type ServerFrameOf<Type extends ServerFrameType> = Extract<ServerFrame, { type: Type }>

import { z } from 'zod'
import { settableStatusSchema } from '../entities.ts'
import { deviceIdSchema, requestIdSchema, sessionSchema, userIdSchema } from '../ids.ts'
import { bounds } from '../bounds.ts'
import { statusTextSchema } from '../names.ts'
import { text } from '../text.ts'

const requestId = requestIdSchema.optional()
const token = text(1, bounds.tokenMax).meta({ description: 'the access token' })
const watched = z
  .array(userIdSchema)
  .min(1)
  .max(bounds.watchedUsersMax)
  .meta({ description: 'usernames' })

export const authenticateSchema = z.object({
  type: z.literal('authenticate'),
  requestId,
  token,
  deviceId: deviceIdSchema.optional(),
  session: sessionSchema.optional(),
  protocol: z.literal(1).optional().meta({ description: 'the version of this contract' }),
  // Servers ignore unknown capabilities, so a new client can offer new ones to an old server.
  capabilities: z
    .array(text(1, 64))
    .max(bounds.capabilitiesMax)
    .optional()
    .meta({ description: '`batch`; unknown ones are ignored' }),
})

/** The query of the socket's URL, for simple clients that cannot send a first frame. */
export const connectQuerySchema = z.object({
  token,
  deviceId: deviceIdSchema.optional(),
  session: sessionSchema.optional(),
})
export type ConnectQuery = z.infer<typeof connectQuerySchema>

export const heartbeatSchema = z.object({ type: z.literal('heartbeat'), requestId })

export const statusUpdateSchema = z.object({
  type: z.literal('status_update'),
  requestId,
  status: settableStatusSchema,
  text: statusTextSchema.optional().meta({ description: 'shown beside the status' }),
})

export const subscribeSchema = z.object({
  type: z.literal('subscribe'),
  requestId,
  userIds: watched,
})

export const unsubscribeSchema = z.object({
  type: z.literal('unsubscribe'),
  requestId,
  userIds: watched,
})

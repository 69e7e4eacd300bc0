import { z } from 'zod'
import { metadataSchema } from './text.ts'

/** RFC 3339 in UTC with milliseconds, as Date.prototype.toISOString writes it. */
export const timestampSchema = z.iso.datetime({ precision: 3 })

export const channelKindSchema = z.enum(['direct', 'group', 'public'])
export type ChannelKind = z.infer<typeof channelKindSchema>

export const roleSchema = z.enum(['owner', 'admin', 'member'])
export type Role = z.infer<typeof roleSchema>

/** The statuses that a user may set. */
export const settableStatusSchema = z.enum(['online', 'away', 'busy', 'invisible'])
export type SettableStatus = z.infer<typeof settableStatusSchema>

/**
 * The statuses that are shown. `invisible` is shown only to the user itself; others see `offline`.
 */
export const statusSchema = z.enum(['online', 'away', 'busy', 'invisible', 'offline'])
export type Status = z.infer<typeof statusSchema>

export const participantSchema = z
  .object({
    username: z.string(),
    displayName: z.string(),
    role: roleSchema,
    status: statusSchema.meta({ description: 'a snapshot; later changes are not pushed' }),
    deleted: z.literal(true).optional().meta({ description: 'the account was deleted' }),
  })
  .meta({ id: 'Participant' })
export type Participant = z.infer<typeof participantSchema>

/**
 * A message as it is now: its last content and its reactions. A deleted one has `deletedAt` and no
 * content.
 */
export const messageSchema = z
  .object({
    type: z.literal('chat_message'),
    channelId: z.string(),
    seq: z.int().min(1),
    messageId: z.string().meta({ description: 'opaque' }),
    senderId: z.string().meta({ description: 'a username' }),
    content: z.string().optional().meta({ description: 'absent once deleted' }),
    metadata: metadataSchema.optional(),
    sentAt: timestampSchema,
    session: z.string().optional().meta({ description: 'of the sender’s client' }),
    clientSeq: z.int().min(1).optional().meta({ description: 'the sender’s number' }),
    editedAt: timestampSchema.optional(),
    deletedAt: timestampSchema.optional(),
    reactions: z
      .record(z.string(), z.array(z.string()))
      .optional()
      .meta({ description: 'emoji → usernames' }),
  })
  .meta({ id: 'Message' })
export type Message = z.infer<typeof messageSchema>

/** A channel as one member sees it. `unread` and `lastReadSeq` are that member's. */
export const channelSchema = z
  .object({
    channelId: z.string(),
    kind: channelKindSchema,
    name: z.string().nullable().meta({ description: 'null if direct' }),
    topic: z.string().optional().meta({ description: 'absent if there is none' }),
    createdAt: timestampSchema,
    memberCount: z.int().min(0),
    head: z.int().min(0).meta({ description: 'seq of the newest event' }),
    participants: z.array(participantSchema).optional().meta({
      description:
        'both members of a direct channel; of other channels at most 100, and none in lists',
    }),
    lastReadSeq: z.int().min(0).meta({ description: 'the last event that this member has read' }),
    unread: z.int().min(0).meta({ description: 'messages of others after lastReadSeq' }),
    lastMessage: messageSchema
      .optional()
      .meta({ description: 'absent for a user who is no member' }),
    notes: z.literal(true).optional().meta({ description: 'a chat of the user with itself' }),
  })
  .meta({ id: 'Channel' })
export type Channel = z.infer<typeof channelSchema>

export const userSchema = z
  .object({
    username: z.string(),
    displayName: z.string(),
    status: statusSchema,
    lastSeen: timestampSchema.nullable().meta({ description: 'null if never seen online' }),
  })
  .meta({ id: 'User' })
export type User = z.infer<typeof userSchema>

export const presenceSchema = z
  .object({
    userId: z.string(),
    status: statusSchema,
    text: z.string().optional(),
    lastSeen: timestampSchema.nullable().meta({ description: 'null if never seen online' }),
  })
  .meta({ id: 'Presence' })
export type Presence = z.infer<typeof presenceSchema>

/** The address of a chat server. Clients open `url` and need no other field. */
export const chatServerSchema = z
  .object({
    id: z.string(),
    host: z.string(),
    port: z.int(),
    url: z.string().meta({ description: 'open it unchanged' }),
  })
  .meta({ id: 'ChatServer' })
export type ChatServer = z.infer<typeof chatServerSchema>

export const profileSchema = z.object({ username: z.string(), displayName: z.string() })
export type Profile = z.infer<typeof profileSchema>

import { z } from 'zod'
import { channelSchema, messageSchema, participantSchema, timestampSchema } from '../entities.ts'
import { contentSchema } from '../content.ts'
import {
  channelIdSchema,
  clientSeqSchema,
  consumerNameSchema,
  seqSchema,
  sessionSchema,
  userIdSchema,
} from '../ids.ts'
import { bounds } from '../limits.ts'
import { metadataSchema, text } from '../text.ts'
import { noContentSchema, queryInteger } from './shared.ts'
import type { RestRoute } from './shared.ts'

const channelParams = z.object({ channelId: channelIdSchema })
const consumerParams = z.object({ channelId: channelIdSchema, name: consumerNameSchema })
const limit = queryInteger(1, bounds.pageMax).default(bounds.pageDefault)
const head = z.int().min(0)

export const channelRoutes = {
  listChannels: {
    method: 'GET',
    path: '/channels',
    summary: 'Own channels',
    auth: 'bearer',
    status: 200,
    answer: z.object({ channels: z.array(channelSchema) }),
  },
  listPublicChannels: {
    method: 'GET',
    path: '/channels/public',
    summary:
      'Channels anyone may join; with a query, those that have a word beginning like each of its words',
    auth: 'bearer',
    query: z.object({
      query: text(0, bounds.channelNameMax)
        .optional()
        .meta({ description: 'words, or the beginnings of words' }),
      after: channelIdSchema.optional().meta({ description: 'channelId of the last one seen' }),
      limit,
    }),
    status: 200,
    answer: z.object({ channels: z.array(channelSchema) }),
  },
  getChannel: {
    method: 'GET',
    path: '/channels/:channelId',
    summary: 'One channel',
    auth: 'bearer',
    params: channelParams,
    status: 200,
    answer: z.object({ channel: channelSchema }),
  },
  listParticipants: {
    method: 'GET',
    path: '/channels/:channelId/participants',
    summary: 'Members of a channel',
    auth: 'bearer',
    params: channelParams,
    query: z.object({
      after: userIdSchema.optional().meta({ description: 'username of the last one seen' }),
      limit,
    }),
    status: 200,
    answer: z.object({ participants: z.array(participantSchema) }),
  },
  listMessages: {
    method: 'GET',
    path: '/channels/:channelId/messages',
    summary: 'A page of messages, ascending; neither before nor after: the newest',
    auth: 'bearer',
    params: channelParams,
    query: z
      .object({
        before: queryInteger(1).optional().meta({ description: 'messages below this seq' }),
        after: queryInteger(0).optional().meta({ description: 'messages above this seq' }),
        limit,
      })
      .refine((query) => query.before === undefined || query.after === undefined, {
        path: ['before'],
        message: 'give before or after, not both',
      }),
    status: 200,
    answer: z.object({ messages: z.array(messageSchema), head }),
  },
  getMessage: {
    method: 'GET',
    path: '/channels/:channelId/messages/:seq',
    summary: 'One message as it is now',
    auth: 'bearer',
    params: z.object({ channelId: channelIdSchema, seq: queryInteger(1) }),
    status: 200,
    answer: messageSchema,
  },
  produceMessage: {
    method: 'POST',
    path: '/channels/:channelId/messages',
    summary: 'Send a message; stored and ordered when answered',
    auth: 'bearer',
    params: channelParams,
    body: z
      .object({
        content: contentSchema,
        metadata: metadataSchema.optional(),
        session: sessionSchema.optional(),
        clientSeq: clientSeqSchema.optional(),
      })
      .refine((body) => body.clientSeq === undefined || body.session !== undefined, {
        path: ['session'],
        message: 'clientSeq needs the session it counts in',
      }),
    status: 201,
    answer: z.object({
      channelId: z.string(),
      seq: seqSchema,
      messageId: z.string(),
      sentAt: timestampSchema,
    }),
  },
  consumeMessages: {
    method: 'GET',
    path: '/channels/:channelId/consumers/:name/messages',
    summary: 'The messages after what this consumer has committed',
    auth: 'bearer',
    params: consumerParams,
    query: z.object({ limit }),
    status: 200,
    answer: z.object({ messages: z.array(messageSchema), cursor: head, head }),
  },
  commitConsumer: {
    method: 'POST',
    path: '/channels/:channelId/consumers/:name/commit',
    summary: 'Move this consumer forward; a lower seq has no effect',
    auth: 'bearer',
    params: consumerParams,
    body: z.object({ seq: z.int().min(0) }),
    status: 204,
    answer: noContentSchema,
  },
} as const satisfies Record<string, RestRoute>

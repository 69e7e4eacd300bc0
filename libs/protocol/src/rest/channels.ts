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
import { bounds } from '../bounds.ts'
import { metadataSchema, text } from '../text.ts'
import { restCalls } from './calls.ts'
import { noContentSchema, queryInteger } from './shared.ts'
import type { RestRoute } from './shared.ts'

const channelParams = z.object({ channelId: channelIdSchema })
const consumerParams = z.object({ channelId: channelIdSchema, name: consumerNameSchema })
const limit = queryInteger(1, bounds.pageMax).default(bounds.pageDefault)
const head = z.int().min(0)

export const channelRoutes = {
  listChannels: {
    ...restCalls.listChannels,
    summary: 'Your channels',
    auth: 'bearer',
    status: 200,
    answer: z.object({ channels: z.array(channelSchema) }),
  },
  listPublicChannels: {
    ...restCalls.listPublicChannels,
    summary:
      'Public channels; with a query, only those whose names have words that begin with the words of the query',
    auth: 'bearer',
    query: z.object({
      query: text(0, bounds.channelNameMax)
        .optional()
        .meta({ description: 'words, or the beginnings of words' }),
      after: channelIdSchema
        .optional()
        .meta({ description: 'the channelId of the last channel of the page before' }),
      limit,
    }),
    status: 200,
    answer: z.object({ channels: z.array(channelSchema) }),
  },
  getChannel: {
    ...restCalls.getChannel,
    summary: 'One channel',
    auth: 'bearer',
    params: channelParams,
    status: 200,
    answer: z.object({ channel: channelSchema }),
  },
  listParticipants: {
    ...restCalls.listParticipants,
    summary: 'Members of a channel',
    auth: 'bearer',
    params: channelParams,
    query: z.object({
      after: userIdSchema
        .optional()
        .meta({ description: 'the username of the last member of the page before' }),
      limit,
    }),
    status: 200,
    answer: z.object({ participants: z.array(participantSchema) }),
  },
  listMessages: {
    ...restCalls.listMessages,
    summary: 'A page of messages, ascending; the newest without before and after',
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
    ...restCalls.getMessage,
    summary: 'One message with its present content',
    auth: 'bearer',
    params: z.object({ channelId: channelIdSchema, seq: queryInteger(1) }),
    status: 200,
    answer: messageSchema,
  },
  produceMessage: {
    ...restCalls.produceMessage,
    summary: 'Send a message; it is stored and numbered before the answer',
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
        message: 'clientSeq needs a session; send both or neither',
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
    ...restCalls.consumeMessages,
    summary: 'The messages after the cursor of this consumer',
    auth: 'bearer',
    params: consumerParams,
    query: z.object({ limit }),
    status: 200,
    answer: z.object({ messages: z.array(messageSchema), cursor: head, head }),
  },
  commitConsumer: {
    ...restCalls.commitConsumer,
    summary: 'Move the cursor of this consumer forward; a lower seq has no effect',
    auth: 'bearer',
    params: consumerParams,
    body: z.object({ seq: z.int().min(0) }),
    status: 204,
    answer: noContentSchema,
  },
} as const satisfies Record<string, RestRoute>

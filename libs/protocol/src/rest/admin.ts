import { z } from 'zod'
import { timestampSchema } from '../entities.ts'
import { userIdSchema } from '../ids.ts'
import { bounds } from '../bounds.ts'
import { showsSomething } from '../names.ts'
import { text } from '../text.ts'
import { restCalls } from './calls.ts'
import { noContentSchema, queryInteger } from './shared.ts'
import type { RestRoute } from './shared.ts'

const userParams = z.object({ username: userIdSchema })
const sanction = z.object({
  until: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: 'without it, the restriction has no end' }),
  reason: text(1, bounds.reasonMax).refine(showsSomething, 'must have a visible character'),
})
const sanctionRoute = {
  auth: 'admin',
  params: userParams,
  status: 204,
  answer: noContentSchema,
} as const

export const auditEntrySchema = z
  .object({
    id: z.int().min(1),
    by: z.string(),
    act: z.string(),
    on: z.string(),
    at: timestampSchema,
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'AuditEntry' })
export type AuditEntry = z.infer<typeof auditEntrySchema>

export const clusterSchema = z
  .object({
    chatServers: z.array(
      z.object({
        id: z.string(),
        host: z.string(),
        port: z.int(),
        sockets: z.int().min(0),
        cpu: z.number().optional(),
        eventLoopDelayMs: z.number().optional(),
        draining: z.boolean(),
        version: z.string().optional(),
      }),
    ),
    brokers: z.array(z.object({ id: z.string(), host: z.string(), controller: z.boolean() })),
    partitions: z.array(
      z.object({
        partition: z.int().min(0),
        leader: z.string(),
        inSync: z.array(z.string()),
        dispatcher: z.string().nullable(),
        lag: z.number().min(0).nullable(),
      }),
    ),
    presenceLeader: z.string().nullable(),
    dependencies: z
      .record(z.string(), z.object({ ok: z.boolean(), error: z.string().optional() }))
      .meta({
        description:
          'whether this api reaches each engine; if not, the fields from that engine are empty',
      }),
  })
  .meta({ id: 'Cluster' })
export type Cluster = z.infer<typeof clusterSchema>

export const adminRoutes = {
  ban: {
    ...restCalls.ban,
    summary: 'Ban a user; its sockets are closed with 4003',
    body: sanction,
    ...sanctionRoute,
  },
  unban: {
    ...restCalls.unban,
    summary: 'Lift a ban',
    ...sanctionRoute,
  },
  mute: {
    ...restCalls.mute,
    summary: 'Keep a user from sending',
    body: sanction,
    ...sanctionRoute,
  },
  unmute: {
    ...restCalls.unmute,
    summary: 'Lift a mute',
    ...sanctionRoute,
  },
  audit: {
    ...restCalls.audit,
    summary: 'The acts of platform admins, newest first',
    auth: 'admin',
    query: z.object({
      before: queryInteger(1)
        .optional()
        .meta({ description: 'the id of the last entry of the page before' }),
      limit: queryInteger(1, bounds.pageMax).default(bounds.pageDefault),
    }),
    status: 200,
    answer: z.object({ entries: z.array(auditEntrySchema) }),
  },
  cluster: {
    ...restCalls.cluster,
    summary: 'Chat servers and their load, brokers, partitions, and the presence leader',
    auth: 'admin',
    status: 200,
    answer: clusterSchema,
  },
} as const satisfies Record<string, RestRoute>

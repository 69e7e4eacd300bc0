import { z } from 'zod'
import { restCalls } from './calls.ts'
import type { RestRoute } from './shared.ts'

export const readinessSchema = z
  .object({
    status: z.enum(['ready', 'not_ready']),
    dependencies: z.record(z.string(), z.object({ ok: z.boolean(), error: z.string().optional() })),
  })
  .meta({ id: 'Readiness' })
export type Readiness = z.infer<typeof readinessSchema>

export const operationsRoutes = {
  health: {
    ...restCalls.health,
    summary: 'The process is live',
    auth: 'none',
    status: 200,
    answer: z.object({ status: z.string() }),
  },
  ready: {
    ...restCalls.ready,
    summary: 'Every dependency answers; otherwise 503 with the same body',
    auth: 'none',
    status: 200,
    answer: readinessSchema,
  },
  metrics: {
    ...restCalls.metrics,
    summary: 'Prometheus text format',
    auth: 'none',
    status: 200,
    answer: z.string(),
  },
} as const satisfies Record<string, RestRoute>

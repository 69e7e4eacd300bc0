import type { ApiContext } from '../context.ts'
import { addRoute } from '../http/add-route.ts'

export function addAdminAudit(context: ApiContext): void {
  addRoute(context, 'audit', async ({ query }) => {
    const { before, limit } = query
    const entries = await context.accounts.listAudit({
      limit,
      ...(before !== undefined && { before }),
    })
    return {
      entries: entries.map(({ id, by, act, on, atMs, details }) => ({
        id,
        by,
        act,
        on,
        at: new Date(atMs).toISOString(),
        ...(details !== undefined && { details }),
      })),
    }
  })
}

import type { ApiContext } from '../context.ts'
import { addRoute } from '../http/add-route.ts'
import { notFound } from '../http/api-error.ts'

export function addAuthSessions(context: ApiContext): void {
  const { accounts, ended, logIns } = context

  addRoute(context, 'listSessions', async ({ user }) => {
    const families = await accounts.listFamilies(user.username, logIns.lifetime())
    const sessions = families.map(({ familyId, startedAtMs, usedAtMs, device }) => ({
      id: familyId,
      startedAt: new Date(startedAtMs).toISOString(),
      usedAt: new Date(usedAtMs).toISOString(),
      ...(device !== undefined && { device }),
      current: familyId === user.familyId,
    }))
    return { sessions }
  })

  addRoute(context, 'endSession', async ({ params, user }) => {
    const which = { username: user.username, familyId: params.id }
    const familyIds = await accounts.revoke(which, 'ended', Date.now())
    if (familyIds.length === 0) throw notFound('session')
    await ended.announce(familyIds, 'ended')
  })
}

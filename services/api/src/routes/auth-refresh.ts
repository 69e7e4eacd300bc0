import { refuseBanned } from '../auth/log-ins.ts'
import type { ApiContext } from '../context.ts'
import { addRoute } from '../http/add-route.ts'
import { ApiError } from '../http/api-error.ts'

export function addAuthRefresh(context: ApiContext): void {
  const { accounts, chatServers, ended, logIns, logInThrottle, security } = context
  addRoute(context, 'refresh', async ({ body, address, secure }) => {
    await logInThrottle.tryRefresh(address)
    const chat = chatServers.pick(secure)
    const rotation = await accounts.rotate(body.refreshToken, logIns.lifetime())
    if (rotation.outcome === 'reuse') {
      security.record('refresh_reused', { username: rotation.username, address })
      await ended.announce([rotation.familyId], 'ended')
    }
    if (rotation.outcome !== 'rotated') {
      security.record('refresh_refused', { what: rotation.outcome, address })
      throw new ApiError('unauthorized', 'the refresh token is not valid: log in again')
    }
    const account = await accounts.find(rotation.username)
    if (account?.state !== 'active') throw new ApiError('unauthorized', 'this account was deleted')
    refuseBanned(account)
    return logIns.answer(account, rotation, chat)
  })
}

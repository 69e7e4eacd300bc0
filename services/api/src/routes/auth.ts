import { refuseBanned } from '../auth/log-ins.ts'
import type { ApiContext } from '../context.ts'
import { addRoute } from '../http/add-route.ts'
import { ApiError } from '../http/api-error.ts'

export function addAuth(context: ApiContext): void {
  const { accounts, chatServers, logIns, logInThrottle, passwords } = context
  addRoute(context, 'logIn', async ({ body, address, userAgent }) => {
    const { username, password } = body
    await logInThrottle.tryPassword(username, address)
    const account = await accounts.find(username)
    const active = account?.state === 'active' ? account : null
    const right = await passwords.verify(active?.passwordHash ?? null, password)
    if (active === null || !right) {
      throw new ApiError('invalid_credentials', 'the username or the password is wrong')
    }
    await logInThrottle.succeeded(username, address)
    refuseBanned(active)
    return logIns.start(active, userAgent, chatServers.pick())
  })
}

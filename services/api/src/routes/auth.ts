import { checkPassword } from '../auth/check-password.ts'
import { refuseBanned } from '../auth/log-ins.ts'
import type { ApiContext } from '../context.ts'
import { addRoute } from '../http/add-route.ts'

export function addAuth(context: ApiContext): void {
  const { chatServers, logIns, security } = context
  addRoute(context, 'logIn', async ({ body, address, secure, userAgent }) => {
    const { username, password } = body
    const account = await checkPassword(context, username, password, address)
    refuseBanned(account)
    const answer = await logIns.start(account, userAgent, chatServers.pick(secure))
    security.record('logged_in', { username, address })
    return answer
  })
}

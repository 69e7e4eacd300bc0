import type { ApiContext } from '../context.ts'
import { addRoute } from '../http/add-route.ts'
import { ApiError } from '../http/api-error.ts'

export function addAuthLogout(context: ApiContext): void {
  const { accounts, logIns, security } = context
  addRoute(context, 'logOut', async ({ body, user, address }) => {
    const family = await accounts.familyOf(body.refreshToken)
    if (family?.username !== user.username) {
      throw new ApiError(
        'invalid_credentials',
        'body.refreshToken: is not of your account, send your own',
      )
    }
    await logIns.end(family)
    security.record('logged_out', { username: user.username, address })
  })
}

import type { ApiContext } from '../context.ts'
import { checkPassword } from '../auth/check-password.ts'
import { requireUnmuted } from '../auth/require-unmuted.ts'
import { addRoute } from '../http/add-route.ts'
import { notFound } from '../http/api-error.ts'
import { userView } from '../user-views.ts'

export function addUsersMe(context: ApiContext): void {
  const { accounts, departures, ended, security, views } = context

  addRoute(context, 'updateMe', async ({ body, user }) => {
    await requireUnmuted(context, user.username)
    if (!(await accounts.setDisplayName(user.username, body.displayName))) throw notFound('user')
    const account = await accounts.find(user.username)
    if (account === null) throw notFound('user')
    return userView(account, views)
  })

  addRoute(context, 'deleteMe', async ({ body, user, address }) => {
    await checkPassword(context, user.username, body.password, address)
    const familyIds = await accounts.delete(user.username, Date.now())
    await ended.announce(familyIds, 'ended')
    void departures.sweep()
    security.record('account_deleted', { username: user.username, address })
  })
}

import type { ApiContext } from '../context.ts'
import { confirmPassword } from '../auth/confirm-password.ts'
import { addRoute } from '../http/add-route.ts'
import { notFound } from '../http/api-error.ts'
import { userView } from '../user-views.ts'

export function addUsersMe(context: ApiContext): void {
  const { accounts, ended, views } = context

  addRoute(context, 'updateMe', async ({ body, user }) => {
    if (!(await accounts.setDisplayName(user.username, body.displayName))) throw notFound('user')
    views.forgetName(user.username)
    const account = await accounts.find(user.username)
    if (account === null) throw notFound('user')
    return userView(account, views)
  })

  addRoute(context, 'deleteMe', async ({ body, user, address }) => {
    await confirmPassword(context, user.username, body.password, address)
    const familyIds = await accounts.delete(user.username, Date.now())
    await ended.announce(familyIds, 'ended')
  })
}

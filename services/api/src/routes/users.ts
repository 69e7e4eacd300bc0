import type { ApiContext } from '../context.ts'
import { addRoute } from '../http/add-route.ts'
import { notFound } from '../http/api-error.ts'
import { userView, userViews } from '../user-views.ts'
import { bounds } from '@rookery/protocol'

export function addUsers(context: ApiContext): void {
  const { accounts, views } = context

  addRoute(context, 'findUsers', async ({ query }) => {
    const found = await accounts.search(query.query.toLowerCase(), bounds.usersFoundMax)
    return { users: await userViews(found, views) }
  })

  addRoute(context, 'getUser', async ({ params }) => {
    const account = await accounts.find(params.username)
    if (account?.state !== 'active') throw notFound('user')
    return userView(account, views)
  })
}

import { ownStandings } from '../channels/own-standings.ts'
import type { ApiContext } from '../context.ts'
import { addRoute } from '../http/add-route.ts'

export function addChannels(context: ApiContext): void {
  const { store, views } = context
  addRoute(context, 'listChannels', async ({ user }) => {
    const standings = await ownStandings(store, user.username)
    return { channels: await views.channels(user.username, standings) }
  })
}

import { requireChannel } from '../channels/channel-access.ts'
import { standingOf } from '../channels/own-standings.ts'
import type { ApiContext } from '../context.ts'
import { addRoute } from '../http/add-route.ts'
import { notFound } from '../http/api-error.ts'

export function addChannelsOne(context: ApiContext): void {
  const { store, views } = context

  addRoute(context, 'getChannel', async ({ params, user }) => {
    const row = await requireChannel(store, user.username, params.channelId, 'read')
    const channel = await views.channel(user.username, standingOf(row))
    if (channel === null) throw notFound('channel')
    return { channel }
  })

  addRoute(context, 'listParticipants', async ({ params, query, user }) => {
    const { channelId } = params
    await requireChannel(store, user.username, channelId, 'read')
    const { after, limit } = query
    const page = { limit, ...(after !== undefined && { after }) }
    return { participants: await views.participantsOf(channelId, page) }
  })
}

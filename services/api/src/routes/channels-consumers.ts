import { messageView } from '@rookery/views'
import { requireChannel } from '../channels/channel-access.ts'
import type { ApiContext } from '../context.ts'
import { addRoute } from '../http/add-route.ts'
import { ApiError } from '../http/api-error.ts'

export function addChannelsConsumers(context: ApiContext): void {
  const { store } = context

  addRoute(context, 'consumeMessages', async ({ params, query, user }) => {
    const { channelId, name } = params
    const { username } = user
    const { head } = await requireChannel(store, username, channelId, 'read')
    const cursor = await store.cursor({ channelId, username, name })
    const rows = await store.messages(channelId, { after: cursor, limit: query.limit })
    return { messages: rows.filter((row) => row.seq <= head).map(messageView), cursor, head }
  })

  addRoute(context, 'commitConsumer', async ({ params, body, user }) => {
    const { channelId, name } = params
    const { username } = user
    const { head } = await requireChannel(store, username, channelId, 'read')
    if (body.seq > head) throw new ApiError('invalid_input', 'body.seq: is beyond the head')
    await store.advanceCursor({ channelId, username, name }, body.seq)
  })
}

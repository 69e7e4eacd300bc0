import { foldChannelName } from '@rookery/domain'
import type { Channel } from '@rookery/protocol'
import { standingOf } from '../channels/own-standings.ts'
import type { ApiContext } from '../context.ts'
import { addRoute } from '../http/add-route.ts'
import { ApiError } from '../http/api-error.ts'

export function addChannelsPublic(context: ApiContext): void {
  const { store, views } = context
  addRoute(context, 'listPublicChannels', async ({ query, user }) => {
    const after = query.after === undefined ? undefined : await nameKeyOf(context, query.after)
    const rows = await store.publicChannels({
      nameKeyPrefix: foldChannelName(query.query ?? ''),
      limit: query.limit,
      ...(after !== undefined && { after }),
    })
    const { username } = user
    const [channels, members] = await Promise.all([
      views.channels(username, rows.map(standingOf)),
      Promise.all(rows.map((row) => store.member(row.channelId, username))),
    ])
    const joined = new Set(
      members.flatMap((member) => (member?.present === true ? [member.channelId] : [])),
    )
    return {
      channels: channels.map((one) => (joined.has(one.channelId) ? one : strangersView(one))),
    }
  })
}

async function nameKeyOf({ store }: ApiContext, channelId: string): Promise<string> {
  const row = await store.channel(channelId)
  if (row?.kind !== 'public' || row.nameKey === null) {
    throw new ApiError('invalid_input', 'querystring.after: is no public channel')
  }
  return row.nameKey
}

/** What was said in it is for members. */
function strangersView({ lastMessage: _lastMessage, ...channel }: Channel): Channel {
  return { ...channel, lastReadSeq: 0, unread: 0 }
}

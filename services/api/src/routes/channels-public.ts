import { everyPublicName, hasWords, indexKeys, searchWords, wordPrefix } from '@rookery/domain'
import type { ChannelRow, PublicNameEntry } from '@rookery/message-store'
import type { Channel } from '@rookery/protocol'
import { standingOf } from '../channels/own-standings.ts'
import type { ApiContext } from '../context.ts'
import { addRoute } from '../http/add-route.ts'
import { ApiError } from '../http/api-error.ts'

/** The most index entries that one page may read, if few of them have all the words. */
const maxLookedAt = 2_000
const lookedAtOnce = 200

export function addChannelsPublic(context: ApiContext): void {
  const { store, views } = context
  addRoute(context, 'listPublicChannels', async ({ query, user }) => {
    const rows = await publicChannels(context, searchWords(query.query ?? ''), query)
    const { username } = user
    const [channels, members] = await Promise.all([
      views.channels(username, rows.map(standingOf)),
      Promise.all(rows.map((row) => store.member(row.channelId, username))),
    ])
    const joined = new Set(
      members.flatMap((member) => (member?.present === true ? [member.channelId] : [])),
    )
    return {
      channels: channels.map((one) => (joined.has(one.channelId) ? one : viewOfNonMember(one))),
    }
  })
}

/** The next channels whose names have all the words, in the order of the index. */
async function publicChannels(
  context: ApiContext,
  words: readonly string[],
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<ChannelRow[]> {
  const [longest] = words
  const prefix = longest === undefined ? everyPublicName : wordPrefix(longest)
  const found = new Map<string, ChannelRow>()
  let last = after === undefined ? undefined : await entryOf(context, after, prefix)
  for (let lookedAt = 0; lookedAt < maxLookedAt; lookedAt += lookedAtOnce) {
    const page = await context.store.publicNames({
      prefix,
      limit: lookedAtOnce,
      ...(last !== undefined && { after: last }),
    })
    for (const { entry, channel } of page) {
      if (found.size === limit) return [...found.values()]
      if (firstKey(channel, prefix) === entry.key && hasWords(channel.name ?? '', words))
        found.set(channel.channelId, channel)
    }
    last = page.at(-1)?.entry
    if (page.length < lookedAtOnce) break
  }
  return [...found.values()]
}

/** The index entry of a channel among those with this prefix. */
async function entryOf(
  { store }: ApiContext,
  channelId: string,
  prefix: string,
): Promise<PublicNameEntry> {
  const row = await store.channel(channelId)
  const key = row?.kind === 'public' ? firstKey(row, prefix) : undefined
  if (key === undefined)
    throw new ApiError('invalid_input', 'querystring.after: must be a channelId of this list')
  return { key, channelId }
}

/**
 * A channel counts under its first key only. A name can have several words with this prefix, and
 * the index still has entries of earlier names.
 */
function firstKey({ name }: ChannelRow, prefix: string): string | undefined {
  const keys = indexKeys(name ?? '').filter((key) => key.startsWith(prefix))
  return keys.sort(byBytes)[0]
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** Without the last message, which is for members only. */
function viewOfNonMember({ lastMessage: _lastMessage, ...channel }: Channel): Channel {
  return { ...channel, lastReadSeq: 0, unread: 0 }
}

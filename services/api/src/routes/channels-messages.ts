import { messageIdOf, timeOf } from '@rookery/domain'
import { messageView } from '@rookery/views'
import { requireUnmuted } from '../auth/require-unmuted.ts'
import { requireChannel } from '../channels/channel-access.ts'
import type { ApiContext } from '../context.ts'
import { addRoute } from '../http/add-route.ts'
import { notFound, rateLimited } from '../http/api-error.ts'

export function addChannelsMessages(context: ApiContext): void {
  const { store } = context

  addRoute(context, 'listMessages', async ({ params, query, user }) => {
    const { channelId } = params
    const { head } = await requireChannel(store, user.username, channelId, 'read')
    const { before = head + 1, after, limit } = query
    const range = after === undefined ? { before: Math.min(before, head + 1) } : { after }
    const rows = await store.messages(channelId, { ...range, limit })
    // What was stored since the head was read is for the next page.
    return { messages: rows.filter((row) => row.seq <= head).map(messageView), head }
  })

  addRoute(context, 'getMessage', async ({ params, user }) => {
    const { channelId, seq } = params
    const { head } = await requireChannel(store, user.username, channelId, 'read')
    const row = seq > head ? null : await store.message(channelId, seq)
    if (row === null) throw notFound('message')
    return messageView(row)
  })

  addRoute(context, 'produceMessage', async ({ params, body, user }) => {
    const { channelId } = params
    const { username } = user
    await requireChannel(store, username, channelId, 'send')
    await requireUnmuted(context, username)
    await requireMessageRate(context, username)
    const { content, metadata, session, clientSeq } = body
    const { seq, sentAtMs } = await context.producer.send({
      channelId,
      user: username,
      content,
      ...(metadata !== undefined && { metadata }),
      number: session === undefined || clientSeq === undefined ? null : { session, clientSeq },
    })
    return { channelId, seq, messageId: messageIdOf(channelId, seq), sentAt: timeOf(sentAtMs) }
  })
}

async function requireMessageRate(
  { config, throttle }: ApiContext,
  username: string,
): Promise<void> {
  const rate = config.rates.messagesPerUser
  const allowance = await throttle.consume('messages', username, 1, rate)
  if (!allowance.allowed) throw rateLimited(allowance.retryAfterMs)
}

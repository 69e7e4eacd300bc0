import { messageIdOf, timeOf } from '@rookery/domain'
import { messageView } from '@rookery/views'
import { requireUnmuted } from '../auth/require-unmuted.ts'
import { requireChannel } from '../channels/channel-access.ts'
import type { ProducedMessage } from '../channels/producer.ts'
import type { ApiContext } from '../context.ts'
import { addRoute } from '../http/add-route.ts'
import { ApiError, notFound, rateLimited } from '../http/api-error.ts'

export function addChannelsMessages(context: ApiContext): void {
  const { store } = context

  addRoute(context, 'listMessages', async ({ params, query, user }) => {
    const { channelId } = params
    const { head } = await requireChannel(store, user.username, channelId, 'read')
    const { before = head + 1, after, limit } = query
    const range = after === undefined ? { before: Math.min(before, head + 1) } : { after }
    const rows = await store.messages(channelId, { ...range, limit })
    // Messages that were stored after the head was read are for the next page.
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
    const { content, metadata, session, clientSeq } = body
    const message = {
      channelId,
      user: username,
      content,
      ...(metadata !== undefined && { metadata }),
      number: session === undefined || clientSeq === undefined ? null : { session, clientSeq },
    }
    const { seq, sentAtMs } =
      (await refusedRepeat(context, message)) ?? (await context.producer.send(message))
    return { channelId, seq, messageId: messageIdOf(channelId, seq), sentAt: timeOf(sentAtMs) }
  })
}

/**
 * The outcome of the first request, if this one repeats an accepted message that the user may not
 * send any more. Its answer may have been lost, and a refusal would say that it had no effect.
 * Null: the message may be sent now.
 */
async function refusedRepeat(
  context: ApiContext,
  message: ProducedMessage,
): Promise<{ seq: number; sentAtMs: number } | null> {
  const { channelId, user } = message
  try {
    await requireChannel(context.store, user, channelId, 'send')
    await requireUnmuted(context, user)
  } catch (error) {
    const final =
      error instanceof ApiError && (error.code === 'not_found' || error.code === 'forbidden')
    const stored = final ? await context.producer.stored(message) : null
    if (stored !== null) return stored
    throw error
  }
  await requireMessageRate(context, user)
  return null
}

async function requireMessageRate(
  { config, throttle }: ApiContext,
  username: string,
): Promise<void> {
  const rate = config.rates.messagesPerUser
  const allowance = await throttle.consume('messages', username, 1, rate)
  if (!allowance.allowed) throw rateLimited(allowance.retryAfterMs)
}

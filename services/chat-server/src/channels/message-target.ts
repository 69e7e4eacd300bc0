import type { MessageRow } from '@rookery/message-store'
import type { ChatContext } from '../context.ts'
import { RequestError } from '../request-error.ts'

/** The message that a request is about, which must be there and, but for deleting, not be deleted. */
export async function requireMessage(
  ctx: ChatContext,
  channelId: string,
  seq: number,
  { deletedToo = false }: { deletedToo?: boolean } = {},
): Promise<MessageRow> {
  const message = await ctx.store.message(channelId, seq)
  if (message === null || (message.deletedAtMs !== null && !deletedToo))
    throw new RequestError('not_found', `there is no message ${seq}`, { channelId })
  return message
}

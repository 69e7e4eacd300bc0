import type { MessageRow, MessageStore } from '@rookery/message-store'
import { RequestError } from '../request-error.ts'

/**
 * The message that a request is about.
 *
 * @throws RequestError `not_found` if it does not exist; also if it is deleted, unless
 *   `deletedToo`
 */
export async function requireMessage(
  { store }: { store: Pick<MessageStore, 'message'> },
  channelId: string,
  seq: number,
  { deletedToo = false }: { deletedToo?: boolean } = {},
): Promise<MessageRow> {
  const message = await store.message(channelId, seq)
  if (message === null || (message.deletedAtMs !== null && !deletedToo))
    throw new RequestError('not_found', `there is no message ${seq}`, { channelId })
  return message
}

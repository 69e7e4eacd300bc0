import { type ChannelAction, may } from '@rookery/domain'
import type { ChannelRow, MessageStore } from '@rookery/message-store'
import { ApiError, notFound } from '../http/api-error.ts'

type Rows = Pick<MessageStore, 'channel' | 'member'>

/**
 * The channel, if this user is in it and may do so, by the store at quorum. A direct channel and a
 * group are to a stranger what a channel is that does not exist: the same answer, from the same
 * reads.
 *
 * @throws ApiError `not_found`, `forbidden` (a public channel not joined, or not for this role)
 */
export async function requireChannel(
  store: Rows,
  username: string,
  channelId: string,
  action: ChannelAction,
): Promise<ChannelRow> {
  const [row, member] = await Promise.all([
    store.channel(channelId),
    store.member(channelId, username),
  ])
  if (row === null) throw notFound('channel')
  if (member?.present !== true) {
    throw row.kind === 'public'
      ? new ApiError('forbidden', 'join the channel first')
      : notFound('channel')
  }
  if (!may(action, row.kind, member.role)) {
    throw new ApiError('forbidden', 'your role does not allow this')
  }
  return row
}

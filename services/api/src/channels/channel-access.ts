import { type ChannelAction, may } from '@rookery/domain'
import type { ChannelRow, MessageStore } from '@rookery/message-store'
import { ApiError, notFound } from '../http/api-error.ts'

type Rows = Pick<MessageStore, 'channel' | 'member'>

/**
 * The channel, read at quorum, if this user is a member and may do this. For a direct channel or a
 * group, a user who is no member gets the answer that a missing channel has, after the same reads.
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
      ? new ApiError('forbidden', 'only members may do this: join the channel first')
      : notFound('channel')
  }
  if (!may(action, row.kind, member.role)) {
    throw new ApiError('forbidden', 'your role in this channel does not allow this')
  }
  return row
}

import type { ChannelRow, MessageStore } from '@rookery/message-store'
import { serverLimits } from '@rookery/protocol'
import type { Standing } from '@rookery/views'

/** The head and the message number of a channel, as the store has them. */
export function standingOf({ channelId, head, messageNumber }: ChannelRow): Standing {
  return { channelId, head, messageNumber }
}

/** All channels that a user is in, by channelId. */
export async function ownStandings(
  store: Pick<MessageStore, 'channels' | 'channelsOf'>,
  username: string,
): Promise<Standing[]> {
  const members = await store.channelsOf(username, { limit: serverLimits.channelsPerUser })
  const rows = await store.channels(members.map((member) => member.channelId))
  return members.flatMap(({ channelId }) => {
    const row = rows.get(channelId)
    return row === undefined ? [] : [standingOf(row)]
  })
}

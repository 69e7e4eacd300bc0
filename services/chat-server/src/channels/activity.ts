import type { Push } from '@rookery/domain'
import type { UserConnection } from '../sockets/user-connection.ts'
import type { ChannelHub, ChannelUser } from './channel-hub.ts'

export interface ActivityDeps {
  hubs: { get(channelId: string): Pick<ChannelHub, 'members'> | undefined }
  users: { get(username: string): ChannelUser | undefined }
}

/**
 * Shows a read mark to the reader's own sockets, and to those of the other members unless it is
 * `own`. The connection `except` has its answer already.
 */
export function showRead(
  { hubs, users }: ActivityDeps,
  push: Extract<Push, { k: 'read' }>,
  except: UserConnection | null,
): void {
  const { channelId, username, seq } = push
  const frame = { type: 'channel_read', channelId, userId: username, lastReadSeq: seq } as const
  const members = push.own === true ? [] : (hubs.get(channelId)?.members.values() ?? [])
  const others = [...members].map((member) => member.user)
  const own = users.get(username)
  for (const user of new Set(own === undefined ? others : [own, ...others]))
    for (const connection of user.connections)
      if (connection.ready && connection !== except)
        // A user's own mark is never left out: the unread counts depend on it.
        if (user === own) connection.send(frame)
        else connection.sendIfQuick(frame)
}

export function showTyping(
  { hubs }: Pick<ActivityDeps, 'hubs'>,
  { channelId, username }: Extract<Push, { k: 'typing' }>,
): void {
  for (const { user } of hubs.get(channelId)?.members.values() ?? []) {
    if (user.username === username) continue
    for (const connection of user.connections)
      if (connection.ready) connection.sendIfQuick({ type: 'typing', channelId, userId: username })
  }
}

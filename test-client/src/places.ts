import type { ChannelView } from '@rookery/client'
import type { Channel } from '@rookery/protocol'
import { CommandError } from './errors.ts'
import { sameName } from './labels.ts'
import type { RoomReference } from './labels.ts'
import type { InRoom } from './report.ts'

type Views = ReadonlyMap<string, ChannelView>

const shownMembers = 3

/** The room of one of the user's channels, for reports. */
export function placeOf(view: ChannelView, views: Views, self: string | null): InRoom {
  const { channelId, kind, name } = view.channel
  const { peer } = view
  if (peer !== null) {
    const note = peer.isSelf ? 'self' : peer.isDeleted ? 'deleted' : undefined
    return {
      room: view.title,
      channelId,
      kind: 'direct',
      ...(note !== undefined && { peer: note }),
    }
  }
  const room = name ?? membersOf(view.channel, self)
  const isTwin = kind === 'group' && groupsNamed(room, views, self).length > 1
  return { room, channelId, kind, ...(isTwin && { twin: true }) }
}

/** The user's channel that is meant, or null. @throws CommandError `ambiguous` */
export function findChannel(
  wanted: RoomReference,
  views: Views,
  self: string | null,
): string | null {
  if (wanted.kind === 'direct') {
    return idOf(views, (view) => view.peer?.username === wanted.username)
  }
  const { name } = wanted
  const publicRoom = () =>
    idOf(views, ({ channel }) => channel.kind === 'public' && sameName(channel.name ?? '', name))
  switch (wanted.kind) {
    case 'public':
      return publicRoom()
    case 'quoted':
      return groupNamed(name, views, self) ?? publicRoom()
    case 'bare':
      return views.has(name) ? name : (publicRoom() ?? groupNamed(name, views, self))
  }
}

/**
 * The only group of this name among the user's channels, or null. @throws CommandError `ambiguous`
 */
export function groupNamed(name: string, views: Views, self: string | null): string | null {
  const [first, second] = groupsNamed(name, views, self)
  if (second !== undefined) {
    const message = `several groups are called "${name}": /channels shows the id of each, which /join takes`
    throw new CommandError('ambiguous', message)
  }
  return first ?? null
}

function groupsNamed(name: string, views: Views, self: string | null): string[] {
  return [...views.values()]
    .map(({ channel }) => channel)
    .filter(
      (channel) =>
        channel.kind === 'group' && sameName(channel.name ?? membersOf(channel, self), name),
    )
    .map(({ channelId }) => channelId)
}

function idOf(views: Views, isIt: (view: ChannelView) => boolean): string | null {
  for (const [channelId, view] of views) if (isIt(view)) return channelId
  return null
}

/** A group without a name is named after its members. */
function membersOf({ participants = [] }: Channel, self: string | null): string {
  const others = participants.map(({ username }) => username).filter((name) => name !== self)
  if (others.length === 0) return 'no name'
  const more = others.length > shownMembers ? ', …' : ''
  return `${others.slice(0, shownMembers).join(', ')}${more}`
}

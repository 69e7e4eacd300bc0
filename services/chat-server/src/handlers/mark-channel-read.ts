import type { PushBus, Routing } from '@rookery/directory'
import { encodePushes, type Push } from '@rookery/domain'
import type { Mark, MessageStore } from '@rookery/message-store'
import { type ActivityDeps, showRead } from '../channels/activity.ts'
import type { ChannelHub } from '../channels/channel-hub.ts'
import { RequestError } from '../request-error.ts'
import { type AccessDeps, requireAccess } from '../users/access.ts'
import type { PresenceFeed } from '../users/presence-feed.ts'
import type { Handler } from './handler.ts'

type ReadPush = Extract<Push, { k: 'read' }>

/** Marks are shown to other members only in channels of up to this many members. */
const maxReadersShown = 100

export interface MarkChannelReadDeps extends AccessDeps, ActivityDeps {
  serverId: string
  store: AccessDeps['store'] &
    Pick<MessageStore, 'mark' | 'advanceMarks' | 'memberCount' | 'events'>
  users: AccessDeps['users'] & ActivityDeps['users']
  presence: Pick<PresenceFeed, 'isInvisible'>
  routing: Pick<Routing, 'interested' | 'routesOf'>
  bus: Pick<PushBus, 'publish'>
}

export const markChannelRead: Handler<'mark_channel_read', MarkChannelReadDeps> = async (
  ctx,
  connection,
  frame,
) => {
  const { channelId, requestId } = frame
  const { username } = connection.user
  const { hub } = await requireAccess(ctx, connection, channelId, 'read')
  // An event that another server acknowledged may not have reached this one yet.
  if (frame.seq === undefined || frame.seq > hub.position) await hub.confirm()
  const target = frame.seq ?? hub.position
  if (target > hub.position)
    throw new RequestError(
      'invalid_input',
      `seq: the head is ${hub.position}, send a seq up to it`,
      { channelId },
    )
  const [before, memberCount] = await Promise.all([
    ctx.store.mark(username, channelId),
    ctx.store.memberCount(channelId),
  ])
  const moves = target > (before?.seq ?? 0)
  if (moves) {
    const mark = await markAt(ctx, hub, target)
    await ctx.store.advanceMarks([{ username, channelId, ...mark }])
  }
  const seq = Math.max(target, before?.seq ?? 0)
  connection.send({
    type: 'channel_read',
    channelId,
    userId: username,
    lastReadSeq: seq,
    ...(requestId === undefined ? {} : { requestId }),
  })
  if (!moves) return
  // A read mark shows that its user is online, so an invisible user's mark is hidden.
  const own = memberCount > maxReadersShown || (await ctx.presence.isInvisible(username))
  const push = { k: 'read', channelId, username, seq, ...(own && { own }) } as const
  showRead(ctx, push, connection)
  const servers = await receivers(ctx, push)
  servers.delete(ctx.serverId)
  for (const server of servers) ctx.bus.publish(server, encodePushes([push]))
}

async function markAt(
  { store }: Pick<MarkChannelReadDeps, 'store'>,
  hub: ChannelHub,
  seq: number,
): Promise<Mark> {
  if (seq === hub.position) return { seq, messageNumber: hub.messageNumber }
  const [row] = await store.events(hub.channelId, { after: seq - 1, limit: 1 })
  if (row === undefined) throw new Error(`event ${seq} of ${hub.channelId} does not exist`)
  return { seq, messageNumber: row.messageNumber }
}

/** Best effort: while the directory is away, other servers learn the mark with the next list. */
async function receivers(
  { routing }: Pick<MarkChannelReadDeps, 'routing'>,
  { channelId, username, own }: ReadPush,
): Promise<Set<string>> {
  const [interested, routes] = await Promise.all([
    own === true ? [] : routing.interested(channelId).catch(() => []),
    routing.routesOf([username]).catch(() => null),
  ])
  const readerRoutes = routes?.get(username) ?? []
  return new Set([...interested, ...readerRoutes.map((route) => route.serverId)])
}

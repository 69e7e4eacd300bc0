import { encodePushes } from '@rookery/domain'
import { bounds } from '@rookery/protocol'
import { steadyNow } from '@rookery/service-kit'
import { showTyping } from '../channels/activity.ts'
import type { ChatContext } from '../context.ts'
import { requireAccess } from '../users/access.ts'
import type { Handler } from './handler.ts'

/** Shows typing at most every 3 s per channel. An earlier frame is ignored without an answer. */
export const typing: Handler<'typing'> = async (ctx, connection, { channelId }) => {
  await requireAccess(ctx, connection, channelId, 'send')
  const { user } = connection
  if (!user.mayShowTyping(channelId, steadyNow(), bounds.typingIntervalMs)) return
  // Not awaited: the next frame, most likely a message, must not wait for the directory.
  void showEverywhere(ctx, channelId, user.username)
}

/** Best effort. An invisible user's typing is hidden. */
async function showEverywhere(
  ctx: ChatContext,
  channelId: string,
  username: string,
): Promise<void> {
  const [isInvisible, servers] = await Promise.all([
    ctx.presence.isInvisible(username),
    ctx.routing.interested(channelId).catch(() => []),
  ])
  if (isInvisible) return
  const push = { k: 'typing', channelId, username } as const
  showTyping(ctx, push)
  for (const server of servers)
    if (server !== ctx.serverId) ctx.bus.publish(server, encodePushes([push]))
}

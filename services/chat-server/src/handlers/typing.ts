import { encodePushes } from '@rookery/domain'
import { bounds } from '@rookery/protocol'
import { steadyNow } from '@rookery/service-kit'
import { requireAccess } from '../access.ts'
import { showTyping } from '../push-receiver.ts'
import type { Handler } from './index.ts'

/** More often than every 3 s it is left out, in silence: it has no answer. */
export const typing: Handler<'typing'> = async (ctx, connection, { channelId }) => {
  await requireAccess(ctx, connection, channelId, 'send')
  const { user } = connection
  if (!user.mayShowTyping(channelId, steadyNow(), bounds.typingIntervalMs)) return
  if (await ctx.presence.isInvisible(user.username)) return
  const push = { k: 'typing', channelId, username: user.username } as const
  showTyping(ctx, push)
  const servers = await ctx.routing.interested(channelId).catch(() => [])
  for (const server of servers)
    if (server !== ctx.serverId) ctx.bus.publish(server, encodePushes([push]))
}

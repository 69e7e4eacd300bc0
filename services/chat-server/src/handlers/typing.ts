import { encodePushes } from '@rookery/domain'
import { bounds } from '@rookery/protocol'
import { steadyNow } from '@rookery/service-kit'
import { requireAccess } from '../users/access.ts'
import type { ChatContext } from '../context.ts'
import { showTyping } from '../push-receiver.ts'
import type { Handler } from './index.ts'

/** More often than every 3 s it is left out, in silence: it has no answer. */
export const typing: Handler<'typing'> = async (ctx, connection, { channelId }) => {
  await requireAccess(ctx, connection, channelId, 'send')
  const { user } = connection
  if (!user.mayShowTyping(channelId, steadyNow(), bounds.typingIntervalMs)) return
  // What the socket sends next, a message most likely, does not wait for the directory.
  void tell(ctx, channelId, user.username)
}

/** Best effort. Who is invisible is not given away by typing. */
async function tell(ctx: ChatContext, channelId: string, username: string): Promise<void> {
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

import { bounds, type Channel, type Message } from '@rookery/protocol'
import { messageView } from '@rookery/views'
import type { Recording } from './channel-hub.ts'
import type { ChatContext } from '../context.ts'
import type { JoinRequest, LocalUser } from '../users/local-user.ts'
import { OutFrame } from '../sockets/out-frame.ts'

/** What `channel_joined` shows, read after the recording began; newest messages last. */
export interface JoinedView {
  channel: Channel
  messages: Message[]
}

/** Reads with room for the largest request. @throws StoreError */
export async function readJoined(
  ctx: ChatContext,
  user: LocalUser,
  recording: Recording,
  channelId: string,
  atLeast: number = bounds.joinMessagesDefault,
): Promise<JoinedView> {
  const { head, messageNumber } = recording
  const wanted = (user.joinRequests.get(channelId) ?? []).map((request) => request.limit)
  const limit = Math.max(atLeast, ...wanted)
  const [channel, rows] = await Promise.all([
    ctx.views.channel(user.username, { channelId, head, messageNumber }),
    // Later ones follow as events.
    ctx.store.messages(channelId, { before: head + 1, limit }),
  ])
  if (channel === null) throw new Error(`${channelId} has no row`)
  return { channel, messages: rows.map(messageView) }
}

/** The `channel_joined` for one socket, and the events that came while it was put together. */
export function joinedFrames(
  { channel, messages }: JoinedView,
  recording: Recording,
  requests: readonly JoinRequest[],
  by: string | null,
): OutFrame[] {
  const { channelId } = channel
  const frame = (limit: number, afterSeq: number, requestId: string | undefined): OutFrame =>
    OutFrame.of({
      type: 'channel_joined',
      channelId,
      channel,
      participants: channel.participants ?? [],
      messages: messages.filter((message) => message.seq > afterSeq).slice(-limit),
      head: recording.head,
      ...(by === null ? {} : { by }),
      ...(requestId === undefined ? {} : { requestId }),
    })
  const shown =
    requests.length === 0
      ? [frame(bounds.joinMessagesDefault, 0, undefined)]
      : requests.map(({ limit, afterSeq = 0, requestId }) => frame(limit, afterSeq, requestId))
  if (recording.overflow)
    return [...shown, OutFrame.of({ type: 'channel_head', channelId, head: channel.head + 1 })]
  return [...shown, ...recording.frames]
}

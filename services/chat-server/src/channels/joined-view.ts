import { bounds, type Channel, type Message } from '@rookery/protocol'
import type { MessageStore } from '@rookery/message-store'
import { messageView, type Views } from '@rookery/views'
import { OutFrame } from '../sockets/out-frame.ts'
import type { JoinRequest, LocalUser } from '../users/local-user.ts'
import type { Recording } from './channel-hub.ts'

export interface JoinedViewDeps {
  store: Pick<MessageStore, 'messages'>
  views: Pick<Views, 'channel'>
}

/** What `channel_joined` shows, as of the recording's head. */
export interface JoinedView {
  channel: Channel
  /** The newest message is last. */
  messages: Message[]
}

/**
 * Phase 3 of the hand-over (see `ChannelHub`). Reads as many messages as the largest request asks.
 *
 * @throws StoreError
 */
export async function readJoined(
  { store, views }: JoinedViewDeps,
  user: LocalUser,
  recording: Recording,
  channelId: string,
  atLeast: number = bounds.joinMessagesDefault,
): Promise<JoinedView> {
  const { head, messageNumber } = recording
  const limits = (user.joinRequests.get(channelId) ?? []).map((request) => request.limit)
  const limit = Math.max(atLeast, ...limits)
  const [channel, rows] = await Promise.all([
    views.channel(user.username, { channelId, head, messageNumber }),
    // Later messages follow as events.
    store.messages(channelId, { before: head + 1, limit }),
  ])
  if (channel === null) throw new Error(`${channelId} has no row`)
  return { channel, messages: rows.map(messageView) }
}

/** Phase 4: `channel_joined` for one socket, then the events that came meanwhile. */
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

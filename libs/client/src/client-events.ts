import type { AuthAnswer, EventFrame, ServerFrameOf } from '@rookery/protocol'
import type { RookeryError } from './errors.ts'
import type { ErrorFrame } from './frames.ts'
import type { FeedEvent, UnknownEvent } from './incoming.ts'

type Wire = 'channel_joined' | 'channel_left' | 'channel_read' | 'presence_update' | 'typing'

/** What a listener may wait for, with its payload. Frames have their names of the wire. */
export type ClientEvents = {
  /** Every numbered event of every channel, in its order, once. */
  event: FeedEvent
  /** A type this version does not know. */
  unknown_event: UnknownEvent
  /** Connected and listed; `resumed` = not for the first time. */
  ready: {
    serverId: string
    resumed: boolean
    /** Requests that had no answer and were sent again. */
    resent: number
    /** Channels whose missing events are being fetched. */
    behind: number
  }
  /** Everything that was missed has been delivered. */
  synced: { events: number }
  /** The connection is lost (or could not be made); another attempt follows. */
  reconnecting: { delayMs: number; why: string }
  /** This server goes away: another connection is opened after so long, then this one dropped. */
  draining: { reconnectAfterMs: number }
  /** It will not come back by itself: banned, too many devices, replaced, log-in ended. */
  stopped: RookeryError
  /** What was cached of a channel is void: load it anew. */
  reset: { channelId: string; head: number }
  /** A channel is no longer this user's; `by` when it happened before our eyes. */
  channel_removed: { channelId: string; by?: string }
  /** To be kept by whoever wants to stay logged in over a restart. */
  tokens: AuthAnswer
  /** An `error` frame that answers no request of ours. */
  server_error: ErrorFrame
} & { [Type in EventFrame['type']]: Extract<EventFrame, { type: Type }> } & {
  [Type in Wire]: ServerFrameOf<Type>
}

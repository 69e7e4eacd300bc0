import type { AuthAnswer, EventFrame, ServerFrameOf } from '@rookery/protocol'
import type { RookeryError } from './errors.ts'
import type { ErrorFrame } from './frames.ts'
import type { FeedEvent, UnknownEvent } from './incoming.ts'

type Wire =
  'channel_head' | 'channel_joined' | 'channel_left' | 'channel_read' | 'presence_update' | 'typing'

/** The events that a listener may wait for, with their payloads. Frames have their wire names. */
export type ClientEvents = {
  /** Every numbered event of every channel, once, in the channel's order. */
  event: FeedEvent
  /** An event of a type that this version does not know. */
  unknown_event: UnknownEvent
  /** The socket is ready and the channels are listed. `resumed`: this is a reconnect. */
  ready: {
    serverId: string
    /** Of the log. Events that were kept under another epoch are void. */
    epoch: string
    resumed: boolean
    /** Requests without an answer that were sent again. */
    resent: number
    /** Channels whose missing events are being fetched. */
    behind: number
  }
  /** All missing events have been delivered. `events`: their number. */
  synced: { events: number }
  /** The connection is lost or could not be opened. Another attempt follows. */
  reconnecting: { delayMs: number; why: string }
  /**
   * This server stops: another connection is opened after this time, and then this one is dropped.
   */
  draining: { reconnectAfterMs: number }
  /** The client will not reconnect: banned, too many devices, replaced, or the log-in has ended. */
  stopped: RookeryError
  /** The cached events of a channel are void and must be loaded again. */
  reset: { channelId: string; head: number }
  /**
   * The user is no longer a member of a channel. `by`: the user who ended the membership, if it
   * happened while connected.
   */
  channel_removed: { channelId: string; by?: string }
  /** New tokens, to be stored by an app that stays logged in over a restart. */
  tokens: AuthAnswer
  /** An `error` frame that answers no request. */
  server_error: ErrorFrame
} & { [Type in EventFrame['type']]: Extract<EventFrame, { type: Type }> } & {
  [Type in Wire]: ServerFrameOf<Type>
}

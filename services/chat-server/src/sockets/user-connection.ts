import type { EventRow } from '@rookery/domain'
import type { ServerFrame } from '@rookery/protocol'
import type { OutFrame } from './out-frame.ts'

/** A channel as a connection sees it. */
export interface ShownChannel {
  readonly channelId: string
  /** The seq up to which this server has shown the channel. */
  readonly position: number
}

/** A connection as its user and the user's channels see it: where frames are shown. */
export interface UserConnection {
  /** True after `channels_list`: events are shown from then on. */
  readonly ready: boolean
  /** Channels that the user joined while the list was read: see the hand-over at `ChannelHub`. */
  readonly joinedWhileListing: Set<string>
  /** Sends a frame that is never left out. */
  send(frame: ServerFrame): void
  /** Sends a frame that is left out while the socket is slow. */
  sendIfQuick(frame: ServerFrame): void
  /** Sends an answer as `send` does, and an event as `showEvent` does. */
  push(frame: OutFrame, channel: ShownChannel): void
  /** Sends an event. While the socket is slow, it is told the channel's head later instead. */
  showEvent(frame: OutFrame, channel: ShownChannel): void
  showLeft(channelId: string, by: string): void
  /** Notes that an event of its own user is stored. */
  noteOwn(event: Pick<EventRow, 'channelId' | 'session' | 'clientSeq'>): void
}

import type { EventRow } from '@rookery/domain'
import type { ServerFrame } from '@rookery/protocol'
import type { OutFrame } from '../src/sockets/out-frame.ts'
import type { ShownChannel, UserConnection } from '../src/sockets/user-connection.ts'

/** A connection that notes what it is sent. */
export class Listener implements UserConnection {
  ready = true
  isSlow = false
  readonly joinedWhileListing = new Set<string>()
  readonly watched = new Set<string>()
  /** All frames, in order. */
  readonly sent: ServerFrame[] = []
  /** The numbers of its own events. */
  readonly own: number[] = []

  /** The seqs of the events that it was shown. */
  get shown(): number[] {
    return this.sent.flatMap((frame) => ('seq' in frame ? [frame.seq] : []))
  }

  /** The types of the frames that it was sent. */
  get types(): string[] {
    return this.sent.map(({ type }) => type)
  }

  send(frame: ServerFrame): void {
    this.sent.push(frame)
  }

  sendIfQuick(frame: ServerFrame): void {
    if (!this.isSlow) this.send(frame)
  }

  push(frame: OutFrame): void {
    this.send(JSON.parse(frame.json) as ServerFrame)
  }

  showEvent(frame: OutFrame, _channel: ShownChannel): void {
    this.push(frame)
  }

  showLeft(channelId: string, by: string): void {
    this.send({ type: 'channel_left', channelId, by })
  }

  noteOwn({ clientSeq }: EventRow): void {
    this.own.push(clientSeq)
  }
}

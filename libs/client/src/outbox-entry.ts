import { sequencedFrameTypes, utf8Length } from '@rookery/protocol'
import type { ClientFrame } from '@rookery/protocol'
import type { RookeryError } from './errors.ts'
import type { Request } from './frames.ts'
import type { IncomingFrame } from './incoming.ts'

/** One request from its call until its answer. */
export interface OutboxEntry {
  readonly request: Request
  readonly requestId: string
  /** Requests of one lane keep their order. */
  readonly lane: string
  /** Carries a clientSeq, so that a repeat is recognised by the server. */
  readonly sequenced: boolean
  /** Given at the first sending, kept in every repeat; a new one after `superseded`. */
  clientSeq: number | null
  /** When it was sent on the live socket; null = not there, or to be sent again. */
  sentAtMs: number | null
  /** How often it was put on a wire. */
  sends: number
  superseded: number
  readonly resolve: (answer: IncomingFrame) => void
  readonly reject: (error: RookeryError) => void
}

const sequencedTypes: ReadonlySet<string> = new Set(sequencedFrameTypes)

// A join by name does not know its channel yet, and clientSeq counts per channel; a repeat of
// either kind of join changes nothing, so that both go without.
export function isSequenced(request: Request): boolean {
  return request.type !== 'join_channel' && sequencedTypes.has(request.type)
}

/** What must stay in order with what: a channel's requests, except that marks overtake. */
export function laneOf(request: Request, requestId: string): string {
  switch (request.type) {
    case 'mark_channel_read':
      return `read ${request.channelId}`
    case 'status_update':
      return 'status'
    case 'subscribe':
    case 'unsubscribe':
      return 'watch'
    case 'create_channel':
      return `create ${requestId}`
    case 'join_channel':
      return `channel ${request.channelId ?? requestId}`
    case 'chat_message':
    case 'leave_channel':
    case 'edit_message':
    case 'delete_message':
    case 'add_reaction':
    case 'remove_reaction':
    case 'add_participants':
    case 'remove_participant':
    case 'set_role':
    case 'update_channel':
      return `channel ${request.channelId}`
  }
}

export function frameOf(entry: OutboxEntry): ClientFrame {
  return {
    ...entry.request,
    requestId: entry.requestId,
    ...(entry.clientSeq !== null && { clientSeq: entry.clientSeq }),
  } as ClientFrame
}

export function frameBytes(entry: OutboxEntry): number {
  return utf8Length(JSON.stringify(frameOf(entry)))
}

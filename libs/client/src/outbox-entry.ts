import { sequencedFrameTypes, utf8Length } from '@rookery/protocol/constants'
import type { ClientFrame } from '@rookery/protocol'
import type { RookeryError } from './errors.ts'
import type { Request } from './frames.ts'
import type { IncomingFrame } from './incoming.ts'

/**
 * Keeps the numbers of requests where they outlive the process. Without it, they are lost with the
 * process.
 */
export interface OutboxJournal {
  /**
   * Writes, in one transaction, the numbers that requests got and the next free number. The frames
   * leave after it has resolved. A journal that cannot write resolves, too, and tells the app.
   */
  numbered(change: {
    nextClientSeq: number
    numbers: readonly { key: string; clientSeq: number }[]
  }): Promise<void>
}

/** What a caller may know of a request that an earlier process kept. */
export interface Kept {
  key: string
  /** The number under which it may have been sent; null: it was never sent. */
  clientSeq: number | null
}

/** One request from its call until its answer. */
export interface OutboxEntry {
  readonly request: Request
  readonly requestId: string
  /** Requests of one lane keep their order. */
  readonly lane: string
  /** It carries a clientSeq, so that the server recognises a repeat. */
  readonly sequenced: boolean
  /** Set at the first sending and kept in every repeat. Only `superseded` replaces it. */
  clientSeq: number | null
  /** The caller's name of it. Its number is written to the journal before it is sent. */
  readonly key: string | undefined
  /** Its number is being written to the journal. */
  writing: boolean
  /** When it was sent on the live socket; null: not yet, or it must be sent again. */
  sentAtMs: number | null
  /** The number of times it was sent. */
  sends: number
  /** The number of times it was refused as `superseded`. */
  superseded: number
  readonly resolve: (answer: IncomingFrame) => void
  readonly reject: (error: RookeryError) => void
}

const sequencedTypes: ReadonlySet<string> = new Set(sequencedFrameTypes)

// A join by name does not know its channel yet, and clientSeq counts per channel. A repeated join
// of either kind changes nothing, so both have no number.
export function isSequenced(request: Request): boolean {
  return request.type !== 'join_channel' && sequencedTypes.has(request.type)
}

/**
 * The lane in which requests keep their order: those of one channel, except that read marks may
 * overtake.
 */
export function laneOf(request: Request, requestId: string): string {
  switch (request.type) {
    case 'mark_channel_read':
      return `read ${request.channelId}`
    case 'status_update':
      return 'status'
    case 'subscribe':
    case 'unsubscribe':
      return 'watch'
    case 'sync':
      return 'sync'
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

import type { EventType } from './channel-record.ts'

/**
 * Messages from process to process over the push bus. Delivery is best effort: heads, user versions
 * and reads repair the loss of one.
 */
export type Push =
  | EventPush
  | AnswerPush
  /** `own`: shown only to the reader's own sockets. */
  | { k: 'read'; channelId: string; username: string; seq: number; own?: true }
  | { k: 'typing'; channelId: string; username: string }
  | { k: 'presence'; updates: PresenceUpdate[] }
  /** A newer socket took the place of this connection. */
  | { k: 'replaced'; connectionId: string }
  /**
   * Asks whether the socket of this connection still exists. The server pings it and renews its
   * lease.
   */
  | { k: 'probe'; connectionId: string }
  | { k: 'families_ended'; familyIds: string[]; reason: 'ended' | 'banned' }
  | { k: 'muted'; username: string; untilMs: number | null }
  | OnlinePush

/**
 * Among presence processes: the users that each process shows online in the workers' tree, and the
 * users that are no longer shown.
 */
export interface OnlinePush {
  k: 'online'
  /** The process that sends it. */
  from: string
  /** Process → users. */
  owners: Record<string, string[]>
  hidden: string[]
}

/** A stored event, with the frame that members get. */
export interface EventPush {
  k: 'event'
  channelId: string
  seq: number
  messageNumber: number
  type: EventType
  user: string
  session: string
  clientSeq: number
  sentAtMs: number
  /**
   * The hash of its sender's request. Absent if the event was read from the store, where its text
   * may be erased.
   */
  bodyHash?: string
  /** The users whose sets of channels it changes. */
  users?: string[]
  /**
   * JSON of the wire frame. It travels on a line of its own, so that a server forwards it without
   * parsing it.
   */
  frame: string
}

/** The dispatcher's answer to a record that made no event. */
export interface AnswerPush {
  k: 'answer'
  channelId: string
  user: string
  session: string
  clientSeq: number
  /**
   * The hash of the record's body. It tells this request from a later one that reused the number
   * with another body.
   */
  bodyHash: string
  outcome:
    | { kind: 'repeat'; seq: number; sentAtMs: number }
    | { kind: 'superseded' | 'exists' | 'missing' | 'invalid' }
}

export interface PresenceUpdate {
  userId: string
  status: 'online' | 'away' | 'busy' | 'offline'
  text?: string
  /** RFC 3339; null if the user was never seen. */
  lastSeen: string | null
}

/**
 * One push per line. An event's frame is on the line after it, because `JSON.stringify` writes no
 * line breaks.
 */
export function encodePushes(pushes: readonly Push[]): string {
  const lines: string[] = []
  for (const push of pushes) {
    if (push.k === 'event') {
      const { frame, ...meta } = push
      lines.push(JSON.stringify(meta), frame)
    } else lines.push(JSON.stringify(push))
  }
  return lines.join('\n')
}

export function decodePushes(batch: string): Push[] {
  const lines = batch.split('\n')
  const pushes: Push[] = []
  for (let i = 0; i < lines.length; i += 1) {
    const push = JSON.parse(lines[i] ?? '') as Push
    if (push.k === 'event') push.frame = lines[(i += 1)] ?? ''
    pushes.push(push)
  }
  return pushes
}

import type { EventType } from './channel-record.ts'

/**
 * What one process tells another over the push bus. Best effort: a lost one is repaired by heads,
 * user versions and reads.
 */
export type Push =
  | EventPush
  | AnswerPush
  /** `own`: only the reader is shown it. */
  | { k: 'read'; channelId: string; username: string; seq: number; own?: true }
  | { k: 'typing'; channelId: string; username: string }
  | { k: 'presence'; updates: PresenceUpdate[] }
  /** A newer socket took this one's place. */
  | { k: 'replaced'; connectionId: string }
  /** Is the socket behind this connection still there? The server pings it and renews its lease. */
  | { k: 'probe'; connectionId: string }
  | { k: 'families_ended'; familyIds: string[]; reason: 'ended' | 'banned' }
  | { k: 'muted'; username: string; untilMs: number | null }
  | OnlinePush

/**
 * Among presence processes: who shows whom online in the workers' tree, and who is shown no more.
 */
export interface OnlinePush {
  k: 'online'
  /** The process that says so. */
  from: string
  /** Process → users. */
  owners: Record<string, string[]>
  hidden: string[]
}

/** An event that is stored, with the very frame that members are shown. */
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
  /** Of what its sender asked for. Absent where the event was read again: its text may be gone. */
  bodyHash?: string
  /** Whose set of channels it changes. */
  users?: string[]
  /**
   * JSON of the wire frame. Travels as a line of its own, so that a server forwards it without
   * parsing it.
   */
  frame: string
}

/** The dispatcher's answer to a record that became no event. */
export interface AnswerPush {
  k: 'answer'
  channelId: string
  user: string
  session: string
  clientSeq: number
  /** Of the record's body: the number may have been sent with another one since. */
  bodyHash: string
  outcome:
    | { kind: 'repeat'; seq: number; sentAtMs: number }
    | { kind: 'superseded' | 'exists' | 'missing' | 'invalid' }
}

export interface PresenceUpdate {
  userId: string
  status: 'online' | 'away' | 'busy' | 'offline'
  text?: string
  /** RFC 3339; null when never seen. */
  lastSeen: string | null
}

/**
 * One push a line, an event's frame on the line after it: `JSON.stringify` writes no line breaks of
 * its own.
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

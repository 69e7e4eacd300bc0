import { bodyHash, type ChannelRecord } from './channel-record.ts'
import type { EventBody, EventRow, SessionRow } from './event-row.ts'
import type { Text } from './channel-record.ts'
import type { LogPosition } from './position.ts'

/** The fold's knowledge of a channel. */
export interface ChannelState {
  seq: number
  messageNumber: number
}

export interface LogEntry {
  record: ChannelRecord
  position: LogPosition
  /** The log's own timestamp. */
  timestampMs: number
}

export type FoldResult =
  | { kind: 'accepted'; row: EventRow; session: SessionRow; state: ChannelState }
  /** A `channel_created` of a channel that exists. */
  | { kind: 'exists' }
  /**
   * The clientSeq is not above the session's highest: a repeat, or a number that was skipped for
   * good.
   */
  | { kind: 'repeat' }
  /** Any record but `channel_created` in a channel that was never created. */
  | { kind: 'missing' }

/**
 * One step of the fold. It is pure: the same log gives the same rows in every process, at any time
 * and with any repetition. `highestClientSeq` is the session's highest accepted number in this
 * channel, or 0.
 */
export function fold(
  state: ChannelState,
  highestClientSeq: number,
  { record, position, timestampMs }: LogEntry,
): FoldResult {
  const creates = record.body.type === 'channel_created'
  if (creates && state.seq > 0) return { kind: 'exists' }
  if (!creates && state.seq === 0) return { kind: 'missing' }
  if (record.clientSeq <= highestClientSeq) return { kind: 'repeat' }

  const { channelId, user, session, clientSeq, body } = record
  const seq = state.seq + 1
  const messageNumber = state.messageNumber + (body.type === 'chat_message' ? 1 : 0)
  const sentAtMs = timestampMs
  const split = splitText(body)
  return {
    kind: 'accepted',
    state: { seq, messageNumber },
    row: {
      channelId,
      seq,
      messageNumber,
      position,
      sentAtMs,
      user,
      session,
      clientSeq,
      body: split.body,
      text: split.text,
    },
    session: {
      channelId,
      user,
      session,
      clientSeq,
      position,
      seq,
      sentAtMs,
      bodyHash: bodyHash(body),
    },
  }
}

function splitText(body: ChannelRecord['body']): { body: EventBody; text: Text | null } {
  if (body.type !== 'chat_message' && body.type !== 'message_edited') return { body, text: null }
  const { content, metadata, ...rest } = body
  return { body: rest, text: metadata === undefined ? { content } : { content, metadata } }
}

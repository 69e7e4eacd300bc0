import type { ChatMessage, MessageEdited, RecordBody, Text } from './channel-record.ts'
import type { LogPosition } from './position.ts'

/** An event's body without its text. */
export type EventBody =
  | Exclude<RecordBody, ChatMessage | MessageEdited>
  | { type: 'chat_message' }
  | { type: 'message_edited'; targetSeq: number }

/** The stored form of an event: a pure function of the log. */
export interface EventRow {
  channelId: string
  /** 1, 2, 3 … per channel, without a gap. */
  seq: number
  /** How many of the events 1..seq are chat messages. */
  messageNumber: number
  position: LogPosition
  /** The log's timestamp of the record, never a clock of ours. */
  sentAtMs: number
  user: string
  session: string
  clientSeq: number
  body: EventBody
  /** Null when the event has no text, or when the text was erased. */
  text: Text | null
}

/**
 * Says under which seq a (session, clientSeq) was accepted, so that any later repeat gets the same
 * answer.
 */
export interface SessionRow {
  channelId: string
  user: string
  session: string
  clientSeq: number
  position: LogPosition
  seq: number
  sentAtMs: number
  bodyHash: string
}

/** Opaque to clients; the same in push, sync and REST. */
export function messageIdOf(channelId: string, seq: number): string {
  return `${channelId}.${seq}`
}

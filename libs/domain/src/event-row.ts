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
  /** The number of chat messages among the events 1..seq. */
  messageNumber: number
  position: LogPosition
  /** The log's timestamp of the record, never a clock of this process. */
  sentAtMs: number
  user: string
  session: string
  clientSeq: number
  body: EventBody
  /** Null if the event has no text, or its text was erased. */
  text: Text | null
}

/**
 * The seq under which a (session, clientSeq) was accepted, so that every later repeat gets the same
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

/** Clients must not read a meaning into it. It is the same in push, sync and REST. */
export function messageIdOf(channelId: string, seq: number): string {
  return `${channelId}.${seq}`
}

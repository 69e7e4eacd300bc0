import { canonicalJson } from './canonical-json.ts'
import type { ChannelKind } from './channel-ids.ts'
import { sha256Hex } from './sha256.ts'

export type Role = 'owner' | 'admin' | 'member'

/**
 * The text of a message or an edit. It is separate from the rest of an event, because it can be
 * erased.
 */
export interface Text {
  content: string
  metadata?: Record<string, unknown>
}

export interface ChannelCreated {
  type: 'channel_created'
  kind: ChannelKind
  name: string | null
  /** The folded name of a public channel; absent for the other kinds. */
  nameKey?: string
  clientKey?: string
  /** The first members, the creator included, by username. */
  members: { username: string; role: Role }[]
}
export interface ChatMessage extends Text {
  type: 'chat_message'
}
export interface MessageEdited extends Text {
  type: 'message_edited'
  targetSeq: number
}
export interface MessageDeleted {
  type: 'message_deleted'
  targetSeq: number
}
export interface ReactionChanged {
  type: 'reaction_added' | 'reaction_removed'
  targetSeq: number
  emoji: string
}
export interface MembershipChanged {
  type: 'participant_joined' | 'participant_left'
  username: string
}
export interface RoleChanged {
  type: 'role_changed'
  username: string
  role: Role
}
export interface ChannelUpdated {
  type: 'channel_updated'
  name?: string
  /**
   * The folded name of a public channel. It must be the one under which the channel was created.
   */
  nameKey?: string
  topic?: string
}

/**
 * The change that a record makes to its channel. Each `type` is the wire name of the resulting
 * event.
 */
export type RecordBody =
  | ChannelCreated
  | ChatMessage
  | MessageEdited
  | MessageDeleted
  | ReactionChanged
  | MembershipChanged
  | RoleChanged
  | ChannelUpdated

export type EventType = RecordBody['type']

/** One entry of the channel log, keyed by `channelId`. */
export interface ChannelRecord {
  v: 1
  channelId: string
  user: string
  /**
   * The client's choice. The server stamps its own, which begins with `_`, on a request without a
   * clientSeq.
   */
  session: string
  clientSeq: number
  /** The id of the process that appended the record. The dispatcher sends the outcome to it. */
  origin: string
  body: RecordBody
}

export const recordVersion = 1

const utf8 = new TextEncoder()

export function encodeRecord(record: ChannelRecord): Uint8Array {
  return utf8.encode(canonicalJson(record))
}

/**
 * The hash by which a repeat is recognised: the body of a repeated request has the same hash.
 * Session, clientSeq and origin do not enter into it.
 */
export function bodyHash(body: RecordBody): string {
  return sha256Hex(canonicalJson(body), 32)
}

/** A session that begins with `_` was made by a server. Clients do not see it. */
export function isStampedSession(session: string): boolean {
  return session.startsWith('_')
}

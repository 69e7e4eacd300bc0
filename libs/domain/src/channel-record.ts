import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { canonicalJson } from './canonical-json.ts'
import type { ChannelKind } from './channel-ids.ts'

export type Role = 'owner' | 'admin' | 'member'

/**
 * What a message or an edit says. Kept apart from the rest of an event, because it can be erased.
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
  /** Everyone first in it, the creator included, by username. */
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
  /** The folded name of a public channel, which must be the one it was created under. */
  nameKey?: string
  topic?: string
}

/** What a record does to its channel. The `type`s are the wire names of the events they become. */
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
   * Chosen by the client, or stamped by the server (begins with `_`) for a request that came
   * without a clientSeq.
   */
  session: string
  clientSeq: number
  /** Id of the process that appended it, which is told the outcome. */
  origin: string
  body: RecordBody
}

export const recordVersion = 1

export function encodeRecord(record: ChannelRecord): Uint8Array {
  return utf8ToBytes(canonicalJson(record))
}

/**
 * What a repeat must match: a hash of the canonical JSON of what the client sent, with nothing a
 * server added.
 */
export function bodyHash(body: RecordBody): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(body)))).slice(0, 32)
}

/** Sessions that begin with `_` are the servers' own and are not shown to clients. */
export function isStampedSession(session: string): boolean {
  return session.startsWith('_')
}

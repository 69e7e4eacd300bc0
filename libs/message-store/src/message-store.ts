import type { EventRow, LogPosition, Role, SessionRow, Text, ChannelKind } from '@rookery/domain'
import { PortError } from '@rookery/service-kit'

/**
 * The results of folding the channel log: event rows (facts) and projections of them. Only the
 * dispatcher writes channels. Every write carries a version (`versionOf` its log position): a write
 * of a lower or equal version than the stored one changes nothing. So late and repeated writes of
 * any dispatcher change nothing. Example: log position (1, 3, 41) has a lower version than
 * (2, 3, 0). Nothing is ever deleted: a removal is a flag, and an erasure is a write.
 */
export interface MessageStore extends ChannelWriter, ChannelReader, Marks {
  close(): Promise<void>
}

// ── writing (dispatcher) ──

export interface ChannelWriter {
  /**
   * Resolves when all writes are durable at quorum. They are not atomic across channels: after a
   * failure any part of them may be stored.
   * @throws StoreError `unavailable`: try again with exactly the same writes
   */
  write(writes: TurnWrites): Promise<void>
  progress(partition: number): Promise<Progress | null>
  /**
   * Adds the public channels that an older release stored without entries to the index of names. It
   * may be repeated. A dispatcher runs it once at its start.
   */
  enterPublicNames(): Promise<void>
  /** Keeps the later (epoch, next). Example: (2, 1) is later than (1, 5000). */
  setProgress(partition: number, progress: Progress): Promise<void>
  /**
   * True if any event row of this partition exists. Rows without progress must halt the partition.
   */
  hasRows(partition: number): Promise<boolean>
  /**
   * Seq and message number of the last row before `before`; zeros if there is none. O(log n) for
   * the n rows from `before` on.
   */
  channelBase(
    channelId: string,
    before: LogPosition,
  ): Promise<{ seq: number; messageNumber: number }>
  /** The session's highest accepted clientSeq before `before`; 0 if there is none. */
  sessionBase(session: SessionKey, before: LogPosition): Promise<number>
}

export interface SessionKey {
  channelId: string
  user: string
  session: string
}

/**
 * The point up to which a partition is folded, written, routed and acknowledged. Example: next is
 * 8, so records 0 to 7 are done.
 */
export interface Progress {
  epoch: number
  /** Every record below it is done. */
  next: number
  /**
   * Timestamp of the record at `next − 1`; null if no record was done. A different timestamp there
   * means another log.
   */
  lastTimestampMs: number | null
}

export interface TurnWrites {
  events: readonly EventRow[]
  sessions: readonly SessionRow[]
  /** The channel's head after the turn. The higher seq stays. */
  heads: readonly HeadWrite[]
  channels: readonly ChannelWrite[]
  members: readonly MemberWrite[]
  texts: readonly TextWrite[]
  deletions: readonly DeletionWrite[]
  reactions: readonly ReactionWrite[]
  /**
   * Event rows whose text is erased, because their message was deleted. The version is the
   * deletion's.
   */
  erasures: readonly ErasureWrite[]
}
interface VersionedWrite {
  channelId: string
  position: LogPosition
}
export interface HeadWrite extends VersionedWrite {
  seq: number
  messageNumber: number
}
/** Absent fields stay unchanged. Each present one has a version of its own. */
export interface ChannelWrite extends VersionedWrite {
  created?: { kind: ChannelKind; createdBy: string; createdAtMs: number; nameKey: string | null }
  name?: string | null
  topic?: string
  /** The keys by which the name of a public channel is found. Entries are added, never removed. */
  indexKeys?: readonly string[]
}
/**
 * `present` and `role` have versions of their own, so that a role given to a user who has left
 * makes that user no member.
 */
export interface MemberWrite extends VersionedWrite {
  username: string
  present?: boolean
  role?: Role
}
/** A message's text as it is now. */
export interface TextWrite extends VersionedWrite {
  /** The seq of the message, not of the edit. */
  seq: number
  text: Text | null
  /** Null for the first text. The seq of an edit is kept in the message's `editSeqs`. */
  edit: { seq: number; editedAtMs: number } | null
  /** Only with the first text. */
  sent?: {
    user: string
    sentAtMs: number
    messageNumber: number
    session: string
    clientSeq: number
  }
}
export interface DeletionWrite extends VersionedWrite {
  seq: number
  deletedAtMs: number
}
export interface ReactionWrite extends VersionedWrite {
  seq: number
  emoji: string
  username: string
  present: boolean
}
export interface ErasureWrite extends VersionedWrite {
  seq: number
}

// ── reading ──

export interface ChannelReader {
  /** Null if the channel was never created, or its first head is not stored yet. */
  channel(channelId: string): Promise<ChannelRow | null>
  channels(channelIds: readonly string[]): Promise<ReadonlyMap<string, ChannelRow>>
  /**
   * Entries of the index of public names (`indexKeys` of @rookery/domain) whose key begins with
   * `prefix`, ordered by key and channelId, after `after` (exclusive). A renamed channel keeps its
   * old entries.
   */
  publicNames(page: {
    prefix: string
    after?: PublicNameEntry
    limit: number
  }): Promise<{ entry: PublicNameEntry; channel: ChannelRow }[]>

  /**
   * Events with seq > after, ascending, up to the first missing one and never beyond the channel's
   * head.
   */
  events(channelId: string, range: { after: number; limit: number }): Promise<EventRow[]>
  sessionRow(key: SessionKey, clientSeq: number): Promise<SessionRow | null>

  /**
   * Chat messages as they are now, ascending. `before` and `after` are exclusive. With `after`, it
   * returns the oldest messages after it. Otherwise it returns the newest ones, below `before` if
   * that is given.
   */
  messages(
    channelId: string,
    page: { before?: number; after?: number; limit: number },
  ): Promise<MessageRow[]>
  message(channelId: string, seq: number): Promise<MessageRow | null>
  /** The newest chat message of each channel that has one. */
  lastMessages(channelIds: readonly string[]): Promise<ReadonlyMap<string, MessageRow>>

  /** Null if the user was never a member; `present: false` if the user has left. */
  member(channelId: string, username: string): Promise<MemberRow | null>
  /** The present members, by username, after `after` (exclusive). */
  members(channelId: string, page: { after?: string; limit: number }): Promise<MemberRow[]>
  memberCount(channelId: string): Promise<number>
  memberCounts(channelIds: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Every channel that the user is in, by channelId, at most `limit`. */
  channelsOf(username: string, page: { after?: string; limit: number }): Promise<MemberRow[]>
}

export interface PublicNameEntry {
  key: string
  channelId: string
}

export interface ChannelRow {
  channelId: string
  kind: ChannelKind
  name: string | null
  nameKey: string | null
  topic: string | null
  createdBy: string
  createdAtMs: number
  /** Seq and message number of the last event that is stored together with all events before it. */
  head: number
  messageNumber: number
  /** The log position of the head's record. */
  headPosition: LogPosition
}

export interface MemberRow {
  channelId: string
  username: string
  present: boolean
  role: Role
  /** The log position of the record that last changed `present`. */
  presentPosition: LogPosition
}

export interface MessageRow {
  channelId: string
  seq: number
  messageNumber: number
  user: string
  sentAtMs: number
  session: string
  clientSeq: number
  /** Null once the message is deleted. */
  text: Text | null
  editedAtMs: number | null
  deletedAtMs: number | null
  /** The log position of the deletion. An edit before it in the log is stored blank. */
  deletedPosition: LogPosition | null
  editSeqs: readonly number[]
  /** Usernames by emoji, both in code-unit order. */
  reactions: ReadonlyMap<string, readonly string[]>
}

// ── marks: not part of the log; the highest seq that any process wrote stays ──

export interface Marks {
  advanceMarks(marks: readonly ReadMark[]): Promise<void>
  /** All marks of one user. */
  marksOf(username: string): Promise<ReadonlyMap<string, Mark>>
  mark(username: string, channelId: string): Promise<Mark | null>
  /** The committed seq of a named consumer; 0 if it never committed. */
  cursor(key: CursorKey): Promise<number>
  /** Only moves forward: a lower seq changes nothing. */
  advanceCursor(key: CursorKey, seq: number): Promise<void>
}
export interface Mark {
  seq: number
  messageNumber: number
}
export interface ReadMark extends Mark {
  username: string
  channelId: string
}
export interface CursorKey {
  channelId: string
  username: string
  name: string
}

/**
 * `denied`: the engine refuses the name, password or rights. It occurs only when the store is
 * opened.
 */
export type StoreErrorCode = 'unavailable' | 'mismatch' | 'denied'

export class StoreError extends PortError<StoreErrorCode> {
  override readonly name = 'StoreError'

  get retryable(): boolean {
    return this.code === 'unavailable'
  }
}

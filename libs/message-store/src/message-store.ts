import type { EventRow, LogPosition, Role, SessionRow, Text, ChannelKind } from '@rookery/domain'
import { PortError } from '@rookery/service-kit'

/**
 * What the fold of the channel log produced: event rows (facts) and projections of them. Only the
 * dispatcher writes channels. Every write carries a version (`versionOf` its position): what is
 * stored under a higher version stays, an equal one is a no-op. So late and repeated writes of any
 * dispatcher change nothing. Nothing is ever deleted: removal is a flag, erasing is a write.
 */
export interface MessageStore extends ChannelWriter, ChannelReader, Marks {
  close(): Promise<void>
}

// ── writing (dispatcher) ──

export interface ChannelWriter {
  /**
   * Resolves when all of it is durable at quorum. Not atomic across channels: after a failure any
   * part may be there.
   * @throws StoreError `unavailable`: try again with the very same writes
   */
  write(writes: TurnWrites): Promise<void>
  progress(partition: number): Promise<Progress | null>
  /**
   * Enters the public channels that an older release wrote into the index of names. Safe to repeat;
   * run once at the start of a dispatcher.
   */
  enterPublicNames(): Promise<void>
  /** A later (epoch, next) wins. */
  setProgress(partition: number, progress: Progress): Promise<void>
  /**
   * Whether any event row of this partition exists: rows without progress must halt the partition.
   */
  hasRows(partition: number): Promise<boolean>
  /**
   * Seq and message number of the last row before `before`; zeros when there is none. O(log n) in
   * the rows from `before` on.
   */
  channelBase(
    channelId: string,
    before: LogPosition,
  ): Promise<{ seq: number; messageNumber: number }>
  /** The session's highest accepted clientSeq before `before`; 0 when there is none. */
  sessionBase(session: SessionKey, before: LogPosition): Promise<number>
}

export interface SessionKey {
  channelId: string
  user: string
  session: string
}

/** How far a partition is folded, written, routed and acknowledged. */
export interface Progress {
  epoch: number
  /** Everything below is done. */
  next: number
  /**
   * Timestamp of the record at `next − 1`; null when none was done. A different one there means
   * another log.
   */
  lastTimestampMs: number | null
}

export interface TurnWrites {
  events: readonly EventRow[]
  sessions: readonly SessionRow[]
  /** The channel's head after the turn. Higher seq wins. */
  heads: readonly HeadWrite[]
  channels: readonly ChannelWrite[]
  members: readonly MemberWrite[]
  texts: readonly TextWrite[]
  deletions: readonly DeletionWrite[]
  reactions: readonly ReactionWrite[]
  /**
   * Event rows whose text goes, because their message was deleted; the version is the deletion's.
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
/** Absent fields stay as they are; each present one has a version of its own. */
export interface ChannelWrite extends VersionedWrite {
  created?: { kind: ChannelKind; createdBy: string; createdAtMs: number; nameKey: string | null }
  name?: string | null
  topic?: string
  /**
   * Keys under which the name of a public channel is found. Entries are added, never taken away.
   */
  indexKeys?: readonly string[]
}
/**
 * `present` and `role` are versioned apart, so that a role given to someone who has left makes
 * nobody a member.
 */
export interface MemberWrite extends VersionedWrite {
  username: string
  present?: boolean
  role?: Role
}
/** A message's text as it is now. */
export interface TextWrite extends VersionedWrite {
  /** The message's seq, not the edit's. */
  seq: number
  text: Text | null
  /** Null for the first text. An edit is remembered in the message's `editSeqs`. */
  edit: { seq: number; editedAtMs: number } | null
  /** Given with the first text only. */
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
  /** Null when it was never created, or its first head is not stored yet. */
  channel(channelId: string): Promise<ChannelRow | null>
  channels(channelIds: readonly string[]): Promise<ReadonlyMap<string, ChannelRow>>
  /**
   * Entries of the index of public names (`indexKeys` of @rookery/domain) whose key begins with
   * `prefix`, by key and channelId, after `after` (exclusive). A channel that was renamed keeps its
   * old entries.
   */
  publicNames(page: {
    prefix: string
    after?: PublicNameEntry
    limit: number
  }): Promise<{ entry: PublicNameEntry; channel: ChannelRow }[]>

  /** Events with seq > after, ascending, cut at the first hole; never beyond the channel's head. */
  events(channelId: string, range: { after: number; limit: number }): Promise<EventRow[]>
  sessionRow(key: SessionKey, clientSeq: number): Promise<SessionRow | null>

  /**
   * Chat messages as they are now, ascending. `before` and `after` exclusive; neither: the newest;
   * `after`: the oldest past it.
   */
  messages(
    channelId: string,
    page: { before?: number; after?: number; limit: number },
  ): Promise<MessageRow[]>
  message(channelId: string, seq: number): Promise<MessageRow | null>
  /** The newest chat message of each, where there is one. */
  lastMessages(channelIds: readonly string[]): Promise<ReadonlyMap<string, MessageRow>>

  /** Null when never a member; `present: false` when no longer one. */
  member(channelId: string, username: string): Promise<MemberRow | null>
  /** Members present, by username, after `after` (exclusive). */
  members(channelId: string, page: { after?: string; limit: number }): Promise<MemberRow[]>
  memberCount(channelId: string): Promise<number>
  memberCounts(channelIds: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Every channel that the user is in, at most `limit`, by channelId. */
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
  /** Seq and message number of the last event that is stored together with all before it. */
  head: number
  messageNumber: number
  /** Where the head's record stands in the log. */
  headPosition: LogPosition
}

export interface MemberRow {
  channelId: string
  username: string
  present: boolean
  role: Role
  /** Position of the record that last changed `present`. */
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
  /** Null once deleted. */
  text: Text | null
  editedAtMs: number | null
  deletedAtMs: number | null
  /** Where the deletion stands in the log; an edit below it in the log is written blank. */
  deletedPosition: LogPosition | null
  editSeqs: readonly number[]
  /** Emoji → usernames, both in code-unit order. */
  reactions: ReadonlyMap<string, readonly string[]>
}

// ── marks: not part of the log; whoever writes, the highest seq wins ──

export interface Marks {
  advanceMarks(marks: readonly ReadMark[]): Promise<void>
  /** All of one user's. */
  marksOf(username: string): Promise<ReadonlyMap<string, Mark>>
  mark(username: string, channelId: string): Promise<Mark | null>
  /** A named consumer's committed seq; 0 when it never committed. */
  cursor(key: CursorKey): Promise<number>
  /** Only moves forward; a lower seq changes nothing. */
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

/** `denied`: the engine refuses our name, password or rights; only when it is opened. */
export type StoreErrorCode = 'unavailable' | 'mismatch' | 'denied'

export class StoreError extends PortError<StoreErrorCode> {
  override readonly name = 'StoreError'

  get retryable(): boolean {
    return this.code === 'unavailable'
  }
}

import type {
  AuthAnswer,
  Channel,
  ChannelKind,
  Message,
  Metadata,
  Participant,
  Presence,
  Profile,
  Role,
  SettableStatus,
  Status,
  User,
} from '@rookery/protocol'
import type { ChannelPeer } from '../channel-view.ts'
import type { ClientErrorCode } from '../errors.ts'
import type { RookeryClientOptions } from '../options.ts'

/**
 * A piece of state that can be watched. A snapshot is immutable, and it is the same object while
 * nothing has changed. Listeners are called once a tick, however much has changed in it. Both
 * functions work without `this`, so they fit React's `useSyncExternalStore` as they are.
 */
export interface Observable<Snapshot> {
  /** @returns a function that ends the subscription */
  readonly subscribe: (listener: () => void) => () => void
  readonly getSnapshot: () => Snapshot
}

export interface StoreOptions extends Pick<
  RookeryClientOptions,
  'url' | 'backoff' | 'answerTimeoutMs' | 'readyTimeoutMs' | 'WebSocket' | 'fetch'
> {
  /** Whose store it is. What is kept in the browser is kept for each user and api apart. */
  username: string
  /**
   * Gives new tokens, for example by the page's cookie. It is called in the tab that holds the
   * socket, and in any tab that takes over. It rejects with a `RookeryError`: `unauthorized` and
   * `forbidden` end the log-in, and others are tried again.
   */
  renew: () => Promise<AuthAnswer>
  /** The answer of a log-in that has just taken place; saves the first call of `renew`. */
  auth?: AuthAnswer
  /** False: keeps nothing in the browser, so that nothing is durable. Default: true. */
  keeps?: boolean
  /** Default: the browser's own. Null: this tab holds a socket of its own. */
  locks?: Pick<LockManager, 'request'> | null
}

/**
 * The state of one user in one tab. All tabs of a browser share one socket and one outbox, and each
 * of them has the same interface.
 */
export interface Store extends StoreOperations {
  readonly connection: Observable<ConnectionSnapshot>
  readonly channels: Observable<ChannelsSnapshot>
  readonly outbox: Observable<OutboxSnapshot>
  readonly me: Observable<MeSnapshot>
  /** Presence by username. Only users who are watched are in it. */
  readonly presence: Observable<ReadonlyMap<string, Presence>>
  /** Drafts by channelId, kept in this browser and shared by its tabs. */
  readonly drafts: Observable<ReadonlyMap<string, string>>

  /** The timeline of one channel. Calls with the same id give the same one until `leave()`. */
  timeline(channelId: string): Timeline
  /** The members of one channel. Calls with the same id give the same list. */
  members(channelId: string): Members

  /** Tries to connect now instead of at `nextTryAt`. Does nothing while connected. */
  retryNow(): void
  /** An empty text removes the draft. */
  setDraft(channelId: string, text: string): void
  /** Watches the presence of these users, in this tab. @returns a function that ends it */
  watch(usernames: readonly string[]): () => void
  /** Closes this tab's part. Unsent messages stay in the outbox. */
  close(): Promise<void>
  /** Closes all tabs' stores and removes what this browser keeps of the user, unsent ones too. */
  forget(): Promise<void>
}

export type ConnectionState =
  /** The first attempt, or another one, is under way. */
  | 'connecting'
  /** The socket is open and the list of channels has come. */
  | 'connected'
  /** There is no connection. The next try is at `nextTryAt`. */
  | 'offline'
  /** Another client with the same session took the place. It does not come back by itself. */
  | 'replaced'
  /** The server refuses this user or device; `error` says why. It does not come back by itself. */
  | 'refused'
  /** The log-in has ended. The app must ask for the password. */
  | 'logged_out'
  /** `close()` or `forget()` was called. */
  | 'closed'

export interface ConnectionSnapshot {
  readonly state: ConnectionState
  /** With `offline`: milliseconds since 1970 of the next try, or null if it is not known yet. */
  readonly nextTryAt: number | null
  /** Why there is no connection, for people. */
  readonly why: string | null
  /** With `refused`, `replaced` and `logged_out`. */
  readonly error: OperationError | null
  /**
   * True if connected and nothing that the server has is missing, apart from holes that a timeline
   * shows. False: what is shown may be old.
   */
  readonly complete: boolean
  /** This tab holds the socket. */
  readonly leads: boolean
}

export interface ChannelsSnapshot {
  /** False until a list has come from the server or from this browser. */
  readonly loaded: boolean
  /** By activity, the newest first. */
  readonly list: readonly ChannelItem[]
  /** Unread messages of all channels. */
  readonly unread: number
}

/** A channel of the user. The object is replaced when it changes. */
export interface ChannelItem {
  readonly channelId: string
  readonly kind: ChannelKind
  /** The name, or the other member's display name in a direct channel. */
  readonly title: string
  readonly name: string | null
  readonly topic: string | null
  readonly isNotes: boolean
  readonly memberCount: number
  readonly head: number
  readonly unread: number
  readonly lastReadSeq: number
  readonly lastMessage: Message | null
  /** The time by which the list is sorted. */
  readonly activeAt: string
  /** The other member of a direct channel. */
  readonly peer: ChannelPeer | null
  /** The peer's presence; null: not a direct channel, or not known yet. */
  readonly peerPresence: Presence | null
  /** Usernames of the other members who are typing now. */
  readonly typing: readonly string[]
  /** Own messages that are not stored yet. */
  readonly unsent: number
  readonly draft: string | null
}

/** Own messages, edits, deletions and reactions that the server has not stored yet. */
export interface OutboxSnapshot {
  readonly items: readonly OutboxItem[]
  /**
   * True: what is written now outlives the tab and the browser. False: it is lost with the tab,
   * because of `reason`.
   */
  readonly durable: boolean
  /** null while durable. */
  readonly reason: NotDurableReason | null
}

export type NotDurableReason =
  /** The browser keeps nothing for this page: forbidden, or it has no IndexedDB. */
  | 'forbidden'
  /** There is no room left. */
  | 'full'
  /** Without Web Locks two tabs could send the same entry, so each keeps its own in memory. */
  | 'no_locks'
  /** Another failure of the browser's storage. */
  | 'failed'

export type DurableRequestType =
  'chat_message' | 'edit_message' | 'delete_message' | 'add_reaction' | 'remove_reaction'

export interface OutboxItem {
  /** The name of this entry, made by `send()` and its like. */
  readonly localId: string
  readonly type: DurableRequestType
  readonly channelId: string
  /** `stored`: acknowledged, and its event has not come yet. */
  readonly state: 'sending' | 'stored' | 'failed'
  /** It is in the browser's storage, and would outlive the tab. */
  readonly durable: boolean
  readonly writtenAt: number
  /** With `failed`. */
  readonly error: OperationError | null
}

export interface OperationError {
  readonly code: ClientErrorCode
  readonly message: string
  readonly retryAfterMs: number | null
}

/**
 * A window over a channel by seq, of at most about 200 items. It follows the channel's end until
 * the app loads elsewhere. The methods resolve when their items are in the snapshot; they reject
 * with a `RookeryError`, and while there is no connection they wait for one.
 */
export interface Timeline extends Observable<TimelineSnapshot> {
  readonly channelId: string
  /** Loads what is before the first item, and drops items at the other end. */
  loadOlder(): Promise<void>
  loadNewer(): Promise<void>
  /** Shows the surroundings of one seq, for example of a search result. */
  loadAround(seq: number): Promise<void>
  /** Goes back to the channel's end, and follows it. */
  loadLatest(): Promise<void>
  /** Marks as read up to `seq`. Nothing else of the store moves the mark. */
  markRead(seq: number): Promise<void>
  /** The user has left the channel's page: frees the window and forgets the divider. */
  leave(): void
}

export interface TimelineSnapshot {
  readonly channelId: string
  /** Ascending; own unsent messages come last. */
  readonly items: readonly TimelineItem[]
  /** True until something can be shown, from the server or from this browser. */
  readonly loading: boolean
  readonly hasOlder: boolean
  readonly hasNewer: boolean
  readonly loadingOlder: boolean
  readonly loadingNewer: boolean
  /** The window is at the channel's end and follows it. */
  readonly following: boolean
  /** From the first item on, nothing is missing up to this seq. 0: nothing was loaded. */
  readonly completeUpTo: number
  /** The newest seq of the channel that is known. */
  readonly head: number
  /**
   * The divider stands before the first item with this seq or a higher one. It is set when the
   * timeline is opened, and stays until `leave()`. null: everything was read.
   */
  readonly unreadFrom: number | null
  /** Why the last load failed; null after one that worked. */
  readonly error: OperationError | null
}

/** Every item has a `key` that stays the same while it is shown, also when it becomes stored. */
export type TimelineItem = MessageItem | UnsentItem | SystemItem | HoleItem

/** A stored message as it is now. */
export interface MessageItem {
  readonly kind: 'message'
  readonly key: string
  readonly seq: number
  /** Deleted: `deletedAt` is set, and there is no `content`. */
  readonly message: Message
  readonly isMine: boolean
  /** Set on own messages of this browser. */
  readonly localId: string | null
  /** An own edit or deletion of it is on its way, or was refused. */
  readonly pending: OutboxItem | null
}

/** An own message that is not in the channel's order yet. */
export interface UnsentItem {
  readonly kind: 'unsent'
  readonly key: string
  readonly localId: string
  readonly content: string
  readonly metadata: Metadata | null
  readonly writtenAt: number
  readonly state: 'sending' | 'stored' | 'failed'
  readonly durable: boolean
  readonly error: OperationError | null
  /** Sends a failed message again, as a new one. */
  retry(): void
  /** Removes a failed message. Does nothing while it may still be sent. */
  discard(): void
}

/** An event that people should see. */
export interface SystemItem {
  readonly kind: 'system'
  readonly key: string
  readonly seq: number
  readonly event: SystemEvent
  readonly by: string
  readonly at: string
}

export type SystemEvent =
  | { readonly type: 'channel_created' }
  | { readonly type: 'participant_joined'; readonly username: string }
  | { readonly type: 'participant_left'; readonly username: string }
  | { readonly type: 'role_changed'; readonly username: string; readonly role: Role }
  | { readonly type: 'channel_updated'; readonly name?: string; readonly topic?: string }

/** Events `from`..`to` exist and are not here yet. They are being loaded while connected. */
export interface HoleItem {
  readonly kind: 'hole'
  readonly key: string
  readonly from: number
  readonly to: number
}

export interface Members extends Observable<MembersSnapshot> {
  readonly channelId: string
  /** Loads the next page of members. */
  loadMore(): Promise<void>
}

export interface MembersSnapshot {
  readonly members: readonly Participant[]
  readonly loading: boolean
  /** There are members that are not loaded. */
  readonly more: boolean
  readonly error: OperationError | null
}

export interface MeSnapshot {
  readonly username: string
  readonly displayName: string
  readonly status: Status
  readonly statusText: string
}

/** An entry of the outbox. The outbox and the timeline tell what becomes of it. */
export interface Sent {
  readonly localId: string
  /** False: it is lost if the tab closes before the server has stored it. */
  readonly durable: boolean
}

export interface SendOptions {
  metadata?: Metadata
}

/**
 * What a user can do. The first group goes through the outbox: its promises resolve when the entry
 * is kept, also without a connection. The others resolve when the server has answered; after a loss
 * they are repeated. All reject with a `RookeryError`, which has a stable `code` and, if the call
 * may be made again, a `retryAfterMs`.
 */
export interface StoreOperations {
  send(channelId: string, content: string, more?: SendOptions): Promise<Sent>
  edit(channelId: string, seq: number, content: string, more?: SendOptions): Promise<Sent>
  deleteMessage(channelId: string, seq: number): Promise<Sent>
  react(channelId: string, seq: number, emoji: string): Promise<Sent>
  /** With `username`, an owner or admin takes away that user's reaction. */
  unreact(channelId: string, seq: number, emoji: string, username?: string): Promise<Sent>
  /** Sends a failed entry again, as a new one. */
  retrySend(localId: string): Promise<void>
  /** Removes a failed entry. */
  discardSend(localId: string): Promise<void>

  /** One participant and no name: a direct channel. @returns its channelId */
  createChannel(channel: {
    name?: string
    participants?: string[]
    kind?: ChannelKind
  }): Promise<string>
  /** @returns the channelId */
  join(which: { channelId: string } | { name: string }): Promise<string>
  leave(channelId: string): Promise<void>
  invite(channelId: string, usernames: readonly string[]): Promise<void>
  remove(channelId: string, username: string): Promise<void>
  setRole(channelId: string, username: string, role: Role): Promise<void>
  rename(channelId: string, name: string): Promise<void>
  /** An empty topic removes it. */
  setTopic(channelId: string, topic: string): Promise<void>
  /** Call it at each key; it is sent every 3 s at most, and never waits. */
  typing(channelId: string): void
  setStatus(status: SettableStatus, text?: string): Promise<void>
  setDisplayName(displayName: string): Promise<Profile>
  /** A page of public channels whose names have these words, or words that begin so. */
  findChannels(query: string, after?: string): Promise<Channel[]>
  /** Users whose name begins with `query`, at most 20. */
  findUsers(query: string): Promise<User[]>
  getUser(username: string): Promise<User>
  /** A page of the members of a channel: those after this username. */
  listMembers(channelId: string, after?: string): Promise<Participant[]>
  message(channelId: string, seq: number): Promise<Message>
}

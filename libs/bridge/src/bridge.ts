/**
 * Connects foreign workers, which are programs in any language, with the platform. It consists of a
 * tree of names and of one inbox per name. All workers can read and write both, and nothing proves
 * the author of a record or node. Every method rejects with BridgeError `unavailable` when an
 * engine does not answer in time, unless it says otherwise.
 */
export interface Bridge extends Tree, Inboxes {
  close(): Promise<void>
}

export type Stop = () => void

// ── the tree ──

export interface Tree {
  /** Makes the missing folders of the tree, and removes nothing. @throws BridgeError `denied` */
  prepare(): Promise<void>

  /**
   * Calls `onChange` with all present requests: soon, after every change, and again every few
   * seconds. Several quick changes may come as one call, but the last one is never missed. Requests
   * that cannot be read are left out.
   */
  watchRequests(kind: RequestKind, onChange: (requests: readonly Request[]) => void): Stop
  /** Whether the request is the same as when it was read. Asks the engine each time. */
  isUnchanged(request: Request): Promise<boolean>
  /**
   * Answers a request. With `done`, it also adds the id to the registry (`enroll`,
   * `account_enroll`) or removes it (`quit`, `account_quit`), in one atomic step. `stale`: nothing
   * was changed, because the request has changed or is gone, or the registry contradicts the
   * answer.
   */
  answer(request: Request, answer: Answer): Promise<'answered' | 'stale'>
  /** Removes a request whose answer was not fetched, if it is the same as when it was read. */
  discard(request: Request): Promise<void>
  /**
   * For workers: makes a request, waits for the answer and removes the request. It may be repeated.
   *
   * @throws BridgeError `unavailable`: no manager answered within `timeoutMs`. The request was
   * withdrawn, but may have been done.
   */
  ask(kind: RequestKind, id: string, timeoutMs: number): Promise<Answer>

  /** Adds an account to the registry. `existed`: it has the id, as a worker or an account. */
  registerAccount(id: string): Promise<'done' | 'existed'>
  watchRegistry(onChange: (ids: ReadonlySet<string>) => void): Stop
  /** The present registrations of those `ids` that have one. */
  registrations(ids: readonly string[]): Promise<ReadonlyMap<string, Registration>>

  /** Calls `onChange` with all ids that are online, whichever session shows them. */
  watchOnline(onChange: (ids: ReadonlySet<string>) => void): Stop
  /**
   * Shows ids as online until `hideOnline`, until this process ends or until its session is lost.
   * After a lost session the ids are not shown again before the next call, because other sessions
   * may show them by then. An id that another session shows is taken over without a gap. Ids that
   * are already shown here cost nothing.
   */
  showOnline(ids: readonly string[]): Promise<void>
  /** Hides ids that this process shows. */
  hideOnline(ids: readonly string[]): Promise<void>
  /** Hides ids, whichever session shows them. For ids that a process has left behind. */
  removeOnline(ids: readonly string[]): Promise<void>
  /**
   * Leaves ids online for another session to take over, or until this process ends. If they vanish,
   * this process does not show them again.
   */
  releaseOnline(ids: readonly string[]): void
  /** Ids shown or released here that no other session has taken over. */
  shownHere(): Promise<ReadonlySet<string>>

  /**
   * Durably stores the sender of a record of an inbox. The first choice for an offset stands: every
   * later call for it, by any session, returns that sender. Choices must be made in the order of
   * the offsets. Null: the record is done, because there is a choice for a later offset, or the
   * inbox was recreated.
   *
   * Example: for offset 4, one session chooses `ann`. A session that then chooses `bob` for 4 gets
   * `ann`. Once there is a choice for 5, the answer for 4 is null.
   */
  chooseSender(place: InboxPlace, sender: string): Promise<string | null>
}

/** `account_…` are for accounts, which workers may not enroll or quit. */
export const requestKinds = ['enroll', 'quit', 'account_enroll', 'account_quit'] as const
export type RequestKind = (typeof requestKinds)[number]

export interface Request {
  kind: RequestKind
  id: string
  version: number
  /** `-1` is a request without an answer. Null: there is no data, or too much. */
  value: string | null
  /** Differs between requests of the same id, e.g. `00000003000000a1`. */
  incarnation: string
}
/** `already`: the id was enrolled before, or was not registered when it quit. */
export type Answer = 'done' | 'already' | 'refused'

export interface Registration {
  kind: 'account' | 'worker'
  /** Differs between registrations of the same id. At most 32 characters. */
  incarnation: string
  /** False while the registration has nodes below it, with which it cannot be removed. */
  removable: boolean
}
export interface InboxPlace {
  inbox: string
  /**
   * Differs between an inbox and a recreated one of the same id, whose offsets begin at 0 again. At
   * most 32 characters.
   */
  incarnation: string
  offset: number
}

// ── inboxes: one ordered stream per id ──

export interface Inboxes {
  /** The ids of all existing inboxes, of workers and accounts. */
  inboxes(): Promise<ReadonlySet<string>>
  /**
   * Makes missing inboxes, and resolves when they can be written to. Existing inboxes are set so
   * that new records can be read, however their writers compress them.
   */
  createInboxes(ids: readonly string[]): Promise<void>
  /** Resolves when the inbox no longer exists, also if it never did. */
  deleteInbox(id: string): Promise<void>

  /**
   * Reads a changing set of inboxes. Each is read from the last record that has a chosen sender, or
   * else from its start; a recreated inbox is read from its start. The records of an inbox come in
   * order: `onRecord` is called for the next one when the last call has resolved, and again for the
   * same one if it has rejected. Failed reads are repeated. `onUnreadable` is called each time that
   * an inbox is blocked by a record that cannot be decoded.
   */
  follow(
    onRecord: (record: InboxRecord) => Promise<void>,
    onUnreadable?: (inbox: string, error: unknown) => void,
  ): InboxFollower

  /**
   * Appends a record. Call it at most once at a time per inbox.
   *
   * @throws BridgeError `unavailable` (not written), `unknown` (see `lastWritten`)
   */
  write(inbox: string, record: OutgoingRecord): Promise<void>
  /**
   * Resolves with the highest seq of each channel among the last 1,000 records of an inbox. First
   * it waits until no write can succeed any more that began before `sinceMs` (of
   * `performance.now()`). For a process that begins to write to an inbox, or whose last write ended
   * with `unknown`.
   */
  lastWritten(
    inbox: string,
    sinceMs: number,
  ): Promise<ReadonlyMap<string, { epoch: number; seq: number }>>
  /**
   * Copies a record that cannot become a message to the dead letters, with its offset and the
   * reason. At least once. The text is cut at 64 KiB.
   */
  deadLetter(record: InboxRecord, reason: string): Promise<void>
}

export interface InboxFollower {
  /** Follows exactly these inboxes. An inbox that is already followed continues at its offset. */
  setInboxes(inboxes: ReadonlySet<string>): void
  /** Resolves when the last call of `onRecord` has ended. */
  close(): Promise<void>
}
export interface InboxRecord extends InboxPlace {
  /** The sender that the record names, unproven. Null: it names none, or not in UTF-8. */
  sender: string | null
  text: Uint8Array | null
}
export interface OutgoingRecord {
  sender: string
  text: string
  origin: { epoch: number; channelId: string; seq: number }
}

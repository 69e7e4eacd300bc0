/**
 * Where foreign workers, programs in any language, meet the platform: a tree of names that
 * everybody can read and write, and one inbox per name. Nothing in it proves who wrote something.
 * Every method rejects with BridgeError `unavailable` when an engine does not answer in time,
 * unless it says otherwise.
 */
export interface Bridge extends Tree, Inboxes {
  close(): Promise<void>
}

export type Stop = () => void

// ── the tree ──

export interface Tree {
  /**
   * Makes what is missing of the tree, and never removes anything of it. @throws BridgeError
   * `denied`
   */
  prepare(): Promise<void>

  /**
   * Tells what is asked, now and after every change. Level-triggered: quick changes may be seen as
   * one, none of them is missed, and everything is told again every few seconds. Requests that
   * cannot be read are left out.
   */
  watchRequests(kind: RequestKind, onChange: (requests: readonly Request[]) => void): Stop
  /**
   * Whether the request is still as it was read. Asks the engine, so it also proves that the engine
   * answers us.
   */
  isUnchanged(request: Request): Promise<boolean>
  /**
   * Answers a request, and with `done` also does it: adds the id to the registry (`enroll`,
   * `account_enroll`) or removes it (`quit`, `account_quit`). One atomic step. `stale`: the request
   * has changed or is gone, or the registry is not as the answer says; nothing was changed then.
   */
  answer(request: Request, answer: Answer): Promise<'answered' | 'stale'>
  /** Removes a request that nobody fetched the answer of, if it is still as it was read. */
  discard(request: Request): Promise<void>
  /**
   * The asking side: asks, waits for the answer and removes the request. Repeating it is harmless.
   * @throws BridgeError `unavailable`: nobody answered within `timeoutMs`; the request was
   * withdrawn, but it may have been done
   */
  ask(kind: RequestKind, id: string, timeoutMs: number): Promise<Answer>

  /** Adds an account to the registry. `existed`: the id is there, as whatever. */
  registerAccount(id: string): Promise<'done' | 'existed'>
  watchRegistry(onChange: (ids: ReadonlySet<string>) => void): Stop
  /** Those of `ids` that are in the registry now. */
  registrations(ids: readonly string[]): Promise<ReadonlyMap<string, Registration>>

  /** Who is shown online, whoever shows them. */
  watchOnline(onChange: (ids: ReadonlySet<string>) => void): Stop
  /**
   * Shows ids as online until `hideOnline`, until this process ends, or until its session is lost:
   * then others may have been told to show them, or nobody, so it does so only when it is told
   * again. An id that another session shows is taken over without being gone in between. Costs
   * nothing for ids that are shown here already.
   */
  showOnline(ids: readonly string[]): Promise<void>
  /** Hides those that this process shows. */
  hideOnline(ids: readonly string[]): Promise<void>
  /** Removes ids, whoever shows them: what a process left behind that shows users no more. */
  removeOnline(ids: readonly string[]): Promise<void>
  /**
   * Shows these no longer should they go, but leaves them for another session to take over, or
   * until this process ends.
   */
  releaseOnline(ids: readonly string[]): void
  /** Those shown or released here that nobody has taken over. */
  shownHere(): Promise<ReadonlySet<string>>

  /**
   * Stores durably whom an inbox's record is taken to be from. The first choice for an offset
   * stands, whoever made it, and is what everyone gets; null: a later offset was chosen for
   * already, or the inbox was made anew, so this one is done. Offsets of an incarnation are chosen
   * for one after the other.
   */
  chooseSender(place: InboxPlace, sender: string): Promise<string | null>
}

/**
 * The first two are the workers'; accounts have their own, as workers may not enroll or quit them.
 */
export const requestKinds = ['enroll', 'quit', 'account_enroll', 'account_quit'] as const
export type RequestKind = (typeof requestKinds)[number]

export interface Request {
  kind: RequestKind
  id: string
  version: number
  /** Exactly `-1` asks; null when there is no data or too much of it. */
  value: string | null
  /** Tells a request from an earlier one of the same id. */
  incarnation: string
}
/** `already`: enrolled before, or there was nothing to quit. */
export type Answer = 'done' | 'already' | 'refused'

export interface Registration {
  kind: 'account' | 'worker'
  /** Tells a registration from an earlier one of the same id; at most 32 characters. */
  incarnation: string
  /** False while somebody has put something below it: until that is gone it cannot be removed. */
  removable: boolean
}
export interface InboxPlace {
  inbox: string
  /**
   * Tells an inbox from an earlier one of the same id, whose offsets were others; at most 32
   * characters.
   */
  incarnation: string
  offset: number
}

// ── inboxes: one ordered stream per id ──

export interface Inboxes {
  /** All there are, of workers and accounts. */
  inboxes(): Promise<ReadonlySet<string>>
  /**
   * Makes those that are missing, and resolves when they can be written to. Of existing ones only
   * sees to it that what is written from now on can be read, however its writer compressed it.
   */
  createInboxes(ids: readonly string[]): Promise<void>
  /** Resolves when it is gone, not when it is to be deleted; also when it never was. */
  deleteInbox(id: string): Promise<void>

  /**
   * Reads a changing set of inboxes, each from the last record that a sender was chosen for, or
   * else from its start, in order, one record after another: the next one of an inbox comes when
   * `onRecord` resolved for the last. One that was made anew is read from its start. Never rejects:
   * what cannot be read now is tried again; `onUnreadable` is told each time that an inbox stands
   * still because of what it holds.
   */
  follow(
    onRecord: (record: InboxRecord) => Promise<void>,
    onUnreadable?: (inbox: string, error: unknown) => void,
  ): InboxFollower

  /**
   * Appends a record. At most one at a time per inbox.
   * @throws BridgeError `unavailable` (not written), `unknown` (see `lastWritten`)
   */
  write(inbox: string, record: OutgoingRecord): Promise<void>
  /**
   * For who begins to write to an inbox, or does not know whether a write landed: waits until no
   * write can land any more that was begun before `sinceMs` (of `performance.now()`), and resolves
   * with the highest seq of each channel among the last 1,000 records.
   */
  lastWritten(
    inbox: string,
    sinceMs: number,
  ): Promise<ReadonlyMap<string, { epoch: number; seq: number }>>
  /**
   * Sets a record aside that cannot be a message, with its place and why. At least once; the text
   * is cut at 64 KiB.
   */
  deadLetter(record: InboxRecord, reason: string): Promise<void>
}

export interface InboxFollower {
  /** From now on exactly these are followed. One that is followed already goes on where it is. */
  setInboxes(inboxes: ReadonlySet<string>): void
  /** Resolves when no `onRecord` is at work any more. */
  close(): Promise<void>
}
export interface InboxRecord extends InboxPlace {
  /** As the writer says; null when it does not, or not in UTF-8. */
  sender: string | null
  text: Uint8Array | null
}
export interface OutgoingRecord {
  sender: string
  text: string
  origin: { epoch: number; channelId: string; seq: number }
}

/**
 * Who there is, and who is logged in. Every method is one atomic step, durable when it resolves,
 * and sees everything that resolved before it, whichever process did it. Usernames are lower-case
 * already. Every method rejects with AccountsError `unavailable` within 2 s when the engine is
 * away; a write that rejected may have happened.
 */
export interface Accounts extends AccountRecords, Departures, Statuses, Workers, Families, Audit {
  close(): Promise<void>
}

// ── accounts ──

export interface AccountRecords {
  /**
   * Makes an `inactive` account. `taken`: there is, or ever was, an account whose name is the same
   * with `.` and `_` taken as one; then nothing changed. Of several at once exactly one gets
   * `created`.
   */
  create(account: NewAccount): Promise<'created' | 'taken'>
  /**
   * Inactive → active; an active one stays so. False: there is no such account, or it is deleted.
   */
  activate(username: string): Promise<boolean>
  /** In any state. */
  find(username: string): Promise<Account | null>
  /** In any state; unknown names are missing from the map. At most 1,000 names. */
  findMany(usernames: readonly string[]): Promise<ReadonlyMap<string, Account>>
  /**
   * Until when those of them are, or were, muted; who was never muted is missing from the map. At
   * most 1,000 names.
   */
  mutesOf(usernames: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Active accounts whose name begins with `prefix` (lower-case), by name, at most `limit`. */
  search(prefix: string, limit: number): Promise<Account[]>
  /** False: there is no such account, or it is deleted. */
  setDisplayName(username: string, displayName: string): Promise<boolean>
  /** Only if the hash is still `from`; of several changes at once one succeeds. */
  setPasswordHash(username: string, from: string, to: string): Promise<boolean>
  /** Absent fields stay as they are. False: there is no such account, or it is deleted. */
  setRestrictions(username: string, restrictions: Partial<Restrictions>): Promise<boolean>
  /**
   * Leaves a tombstone, for ever: the name stays taken, password and display name are erased, all
   * families end. Resolves with the families that this ended; repeating it changes nothing.
   */
  delete(username: string, atMs: number): Promise<string[]>
}

export interface NewAccount {
  readonly username: string
  readonly displayName: string
  readonly passwordHash: string
  readonly createdAtMs: number
}

export interface Account extends NewAccount, Restrictions {
  /** `inactive`: the name is held, but the registration has not finished. */
  readonly state: 'inactive' | 'active' | 'deleted'
  /**
   * Of a foreign worker only: its id as it writes it, of which the username is the lower-case form.
   * Nobody can log in as one.
   */
  readonly workerId?: string
}

/** Until when, in ms since the epoch; null: not at all; {@link forever}. */
export interface Restrictions {
  readonly bannedUntilMs: number | null
  readonly mutedUntilMs: number | null
}

export const forever: number = Number.MAX_SAFE_INTEGER

// ── departures: deleted accounts that are still members of channels ──

export interface Departures {
  /** Deleted accounts that have not departed yet, longest deleted first, at most `limit`. */
  departing(limit: number): Promise<string[]>
  /** The account has left its channels. Repeating it changes nothing. */
  departed(username: string): Promise<void>
}

// ── statuses: what users chose to be seen as, for a presence board that may lose it ──

export interface Statuses {
  /**
   * Of active accounts; of several of one account that of the latest `atMs` stays, until the
   * account is deleted. At most 1,000.
   */
  keepStatuses(chosen: ReadonlyMap<string, ChosenStatus>): Promise<void>
  /** Who never chose is missing from the map. At most 1,000 names. */
  statusesOf(usernames: readonly string[]): Promise<ReadonlyMap<string, ChosenStatus>>
}

export interface ChosenStatus {
  readonly status: 'online' | 'away' | 'busy' | 'invisible'
  readonly text: string | null
  readonly atMs: number
}

// ── foreign workers: users made by enrolling, who reach the platform through inboxes ──

export interface Workers {
  /**
   * Makes the worker an active user, or the same worker one again after it quit. `taken`: the name,
   * with case and with `.` and `_` taken as one, is or ever was another's; then nothing changed.
   * Repeating it is harmless.
   */
  enrollWorker(workerId: string, atMs: number): Promise<'enrolled' | 'taken'>
  /**
   * The user is shown no more (`deleted`); the name stays the worker's. Changes nothing for any
   * other.
   */
  quitWorker(workerId: string): Promise<void>
}

// ── families: the refresh tokens that descend from one log-in ──

export interface Families {
  startFamily(start: FamilyStart): Promise<{ familyId: string; refreshToken: string }>
  /**
   * Exchanges a refresh token for its successor. The same token gets the same successor, however
   * often and however many at once, until that successor is presented itself; presented after that,
   * the older one has leaked: the family ends (`reuse`).
   */
  rotate(refreshToken: string, lifetime: FamilyLifetime): Promise<Rotation>
  /**
   * A fresh token for a live family, in place of all it had (the password changed): those are
   * unknown from then on. Null: the family is not the user's, or has ended.
   */
  reissue(family: { username: string; familyId: string }, atMs: number): Promise<string | null>
  /** Whose token this is, whatever its state; null: never issued, replaced, or forgotten. */
  familyOf(refreshToken: string): Promise<{ familyId: string; username: string } | null>
  /** The user's live families, last used first, at most 100. */
  listFamilies(username: string, lifetime: FamilyLifetime): Promise<Family[]>
  /**
   * Ends one, all, or all but one of a user's live families. Resolves with those that this ended. A
   * family counts as ended when it was last used, if that is later: the clock was set back since,
   * and an access token of that time lives as much longer.
   */
  revoke(which: FamilySelection, reason: EndReason, atMs: number): Promise<string[]>
  /**
   * Families that ended at `sinceMs` or later, last ended first. Those of a lifetime that ran out
   * are not named.
   */
  revokedSince(sinceMs: number, limit: number): Promise<EndedFamily[]>
  /**
   * Forgets what no longer matters: families whose lifetime ran out or that ended before
   * `endedBeforeMs`, and tokens spent longer ago than they could have lived unused. At most `limit`
   * families.
   */
  forgetFamilies(lifetime: FamilyLifetime, endedBeforeMs: number, limit: number): Promise<number>
}

export interface FamilyStart {
  readonly username: string
  readonly atMs: number
  /** What the user will recognise the log-in by. */
  readonly device?: string
}

export interface FamilyLifetime {
  readonly nowMs: number
  /** A family ends this long after its last rotation … */
  readonly idleMs: number
  /** … and this long after its start, used or not. */
  readonly absoluteMs: number
}

export type Rotation =
  | { outcome: 'rotated'; familyId: string; username: string; refreshToken: string }
  /** This call has ended the family. */
  | { outcome: 'reuse'; familyId: string; username: string }
  | { outcome: 'ended' | 'expired' | 'unknown' }

export interface Family {
  readonly familyId: string
  readonly startedAtMs: number
  readonly usedAtMs: number
  readonly device?: string
}

export interface FamilySelection {
  readonly username: string
  /** Only this one (if it is the user's). */
  readonly familyId?: string
  /** All but this one. */
  readonly exceptFamilyId?: string
}

export type EndReason = 'ended' | 'banned'

export interface EndedFamily {
  readonly familyId: string
  readonly reason: EndReason
  readonly endedAtMs: number
}

// ── audit trail of what admins did: appended, never changed ──

export interface Audit {
  /** Resolves with the entry's id; later entries have higher ones. */
  appendAudit(entry: NewAuditEntry): Promise<number>
  /** Newest first; with `before` only those of a lower id. */
  listAudit(page: { before?: number; limit: number }): Promise<AuditEntry[]>
}

export interface NewAuditEntry {
  readonly by: string
  readonly act: string
  readonly on: string
  readonly atMs: number
  /** A JSON object. */
  readonly details?: Readonly<Record<string, unknown>>
}

export interface AuditEntry extends NewAuditEntry {
  readonly id: number
}

/**
 * The users and their log-ins. Every method is one atomic step. It is durable when it resolves, and
 * sees every step that resolved before it in any process. Usernames are lower-case. Every method
 * rejects with AccountsError `unavailable` within 2 s when the engine is away. A rejected write may
 * have been made.
 */
export interface Accounts extends AccountRecords, Departures, Statuses, Workers, Families, Audit {
  close(): Promise<void>
}

// ── accounts ──

export interface AccountRecords {
  /**
   * Creates an `inactive` account. `taken`: an account of this name exists or existed, and nothing
   * changed; `.` and `_` count as the same character here. Of several concurrent calls exactly one
   * gets `created`.
   */
  create(account: NewAccount): Promise<'created' | 'taken'>
  /**
   * Activates an inactive account; an active one stays active. False: there is no such account, or
   * it is deleted.
   */
  activate(username: string): Promise<boolean>
  /** Finds an account in any state. */
  find(username: string): Promise<Account | null>
  /** Finds accounts in any state. Unknown names are missing from the map. At most 1,000 names. */
  findMany(usernames: readonly string[]): Promise<ReadonlyMap<string, Account>>
  /**
   * The ends of the mutes of these users, past or future. Users who were never muted are missing
   * from the map. At most 1,000 names.
   */
  mutesOf(usernames: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Active accounts whose name begins with `prefix` (lower-case), by name, at most `limit`. */
  search(prefix: string, limit: number): Promise<Account[]>
  /** False: there is no such account, or it is deleted. */
  setDisplayName(username: string, displayName: string): Promise<boolean>
  /**
   * Replaces the hash if it is still `from`. False: it is not, the account is deleted, or there is
   * none. Of several concurrent changes one succeeds.
   */
  setPasswordHash(username: string, from: string, to: string): Promise<boolean>
  /** Absent fields stay unchanged. False: there is no such account, or it is deleted. */
  setRestrictions(username: string, restrictions: Partial<Restrictions>): Promise<boolean>
  /**
   * Deletes an account and leaves a tombstone for good: the name stays taken, the password and the
   * display name are erased, and all families end. Resolves with the families that this call ended.
   * A repeated call changes nothing.
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
  /** `inactive`: the name is reserved, but the registration is not finished. */
  readonly state: 'inactive' | 'active' | 'deleted'
  /**
   * Only for a foreign worker: its id as the worker writes it. The username is its lower-case form.
   * Example: the worker `Ada.L` has the username `ada.l`. Nobody can log in as a worker.
   */
  readonly workerId?: string
}

/** The end of each restriction in ms since 1970; `forever`: it never ends; null: no restriction. */
export interface Restrictions {
  readonly bannedUntilMs: number | null
  readonly mutedUntilMs: number | null
}

/** The end of a restriction that never ends. */
export const forever: number = Number.MAX_SAFE_INTEGER

// ── departures: deleted accounts that are still members of channels ──

export interface Departures {
  /** Deleted accounts that may still be in channels, longest deleted first, at most `limit`. */
  departing(limit: number): Promise<string[]>
  /** Notes that the account has left all its channels. A repeated call changes nothing. */
  departed(username: string): Promise<void>
}

// ── chosen statuses: kept here because the presence board may lose them ──

export interface Statuses {
  /**
   * Keeps the chosen statuses of active accounts. Of several statuses of one account, the one with
   * the latest `atMs` stays, until the account is deleted. At most 1,000.
   */
  keepStatuses(chosen: ReadonlyMap<string, ChosenStatus>): Promise<void>
  /** Users who never chose a status are missing from the map. At most 1,000 names. */
  statusesOf(usernames: readonly string[]): Promise<ReadonlyMap<string, ChosenStatus>>
}

export interface ChosenStatus {
  readonly status: 'online' | 'away' | 'busy' | 'invisible'
  readonly text: string | null
  readonly atMs: number
}

// ── foreign workers: users that were enrolled, and that reach the platform through inboxes ──

export interface Workers {
  /**
   * Makes the worker an active user, or reactivates the same worker after it quit. `taken`: the
   * name belongs or belonged to another user, and nothing changed; case does not count here, and
   * `.` and `_` count as the same character. The call may be repeated.
   */
  enrollWorker(workerId: string, atMs: number): Promise<'enrolled' | 'taken'>
  /**
   * Hides the worker's user (`deleted`). The name stays the worker's. A call with a name that is
   * not a worker's changes nothing.
   */
  quitWorker(workerId: string): Promise<void>
}

// ── families: the refresh tokens that descend from one log-in ──

export interface Families {
  /** Begins a family with its first token, after a log-in. */
  startFamily(start: FamilyStart): Promise<{ familyId: string; refreshToken: string }>
  /**
   * Exchanges a refresh token for its successor. Every call with the same token gets the same
   * successor, until the successor itself is presented. If a token comes after its successor, it
   * has leaked, and the family ends (`reuse`).
   *
   * Example: token 1 → 2; token 1 again → 2; token 2 → 3; token 1 again → the family ends.
   */
  rotate(refreshToken: string, lifetime: FamilyLifetime): Promise<Rotation>
  /**
   * Replaces all tokens of a live family by a new one, after a change of the password. The old
   * tokens are unknown from then on. Null: the family has ended, or belongs to another user.
   */
  reissue(family: { username: string; familyId: string }, atMs: number): Promise<string | null>
  /**
   * The family of a token, in any state. Null: the token was never issued, was replaced by
   * `reissue`, or was forgotten.
   */
  familyOf(refreshToken: string): Promise<{ familyId: string; username: string } | null>
  /** The user's live families, most recently used first, at most 100. */
  listFamilies(username: string, lifetime: FamilyLifetime): Promise<Family[]>
  /**
   * Ends one, all, or all but one of a user's live families. Resolves with the families that this
   * call ended. If the clock was set back since a family's last use, the family ends at its last
   * use, because an access token of that time lives longer than one of `atMs`.
   */
  revoke(which: FamilySelection, reason: EndReason, atMs: number): Promise<string[]>
  /**
   * Families that ended at `sinceMs` or later, most recently ended first. Families whose lifetime
   * ran out are not included.
   */
  revokedSince(sinceMs: number, limit: number): Promise<EndedFamily[]>
  /**
   * Forgets old entries: families whose lifetime ran out or that ended before `endedBeforeMs`, and
   * spent tokens that are older than `idleMs`. At most `limit` families; resolves with their
   * number.
   */
  forgetFamilies(lifetime: FamilyLifetime, endedBeforeMs: number, limit: number): Promise<number>
}

export interface FamilyStart {
  readonly username: string
  readonly atMs: number
  /** A text by which the user recognises the log-in, such as the name of the browser. */
  readonly device?: string
}

export interface FamilyLifetime {
  readonly nowMs: number
  /** A family expires after this time without a rotation … */
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
  /** Only this family, if it belongs to the user. */
  readonly familyId?: string
  /** All families but this one. */
  readonly exceptFamilyId?: string
}

export type EndReason = 'ended' | 'banned'

export interface EndedFamily {
  readonly familyId: string
  readonly reason: EndReason
  readonly endedAtMs: number
}

// ── audit trail of the acts of admins: appended, never changed ──

export interface Audit {
  /** Resolves with the entry's id. Later entries have higher ids. */
  appendAudit(entry: NewAuditEntry): Promise<number>
  /** Entries, newest first; with `before` only entries with a lower id. */
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

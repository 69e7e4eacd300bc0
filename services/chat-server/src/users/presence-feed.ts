import type { Accounts } from '@rookery/accounts'
import type { Choice, PresenceBoard } from '@rookery/directory'
import type { PresenceUpdate } from '@rookery/domain'
import type { Presence, ServerFrame } from '@rookery/protocol'
import type { Logger } from '@rookery/service-kit'

/**
 * How often viewers are shown the updates that are due. A little more than 200 ms, so that a viewer
 * gets five frames a second at most even if a timer fires early.
 */
export const presenceFrameEveryMs: number = 210
const accountsAtOnce = 1_000
const maxUnkept = 10_000

/** What the feed needs of the server. */
export interface PresenceFeedDeps {
  serverId: string
  board: PresenceBoard
  accounts: Pick<Accounts, 'keepStatuses' | 'statusesOf'>
  users: { get(username: string): unknown; all(): Iterable<Reported> }
  logger: Logger
}
interface Reported {
  readonly username: string
}
/** A connection that watches users. */
export interface Viewer {
  readonly watched: Set<string>
  readonly isSlow: boolean
  send(frame: ServerFrame): void
}

/**
 * Shows the connections of this server the users they watch, and reports this server's own users.
 */
export class PresenceFeed {
  readonly #deps: PresenceFeedDeps
  readonly #watchers = new Map<string, Set<Viewer>>()
  /** The last update of a user that the watchers here were shown. */
  readonly #shown = new Map<string, PresenceUpdate>()
  /** Updates that a viewer is shown at the next flush, one per user. */
  readonly #due = new Map<Viewer, Map<string, PresenceUpdate>>()
  readonly #changed = new Set<Reported>()
  /** The choices of users here, which the board may lose. Null: none; absent: not known here. */
  readonly #choices = new Map<string, Choice | null>()
  /** Choices that were made here and are not kept with the accounts yet. */
  readonly #unkept = new Map<string, Choice>()
  #keeping = false
  #reporting = false

  constructor(deps: PresenceFeedDeps) {
    this.#deps = deps
  }

  /** A socket of the user came or went. All such users of one event-loop tick share a report. */
  userChanged(user: Reported): void {
    this.#changed.add(user)
    if (this.#reporting) return
    this.#reporting = true
    setImmediate(() => {
      this.#reporting = false
      const users = [...this.#changed]
      this.#changed.clear()
      void this.#report(users)
    })
  }

  async subscribe(connection: Viewer, usernames: readonly string[]): Promise<Presence[]> {
    for (const username of usernames) {
      connection.watched.add(username)
      const watchers = this.#watchers.get(username)
      if (watchers === undefined) this.#watchers.set(username, new Set([connection]))
      else watchers.add(connection)
    }
    const before = new Map(usernames.map((username) => [username, this.#shown.get(username)]))
    // Watch before the read, so that a change after the read is pushed.
    await this.#deps.board.watch(this.#deps.serverId, usernames, false)
    const read = new Map(await this.#deps.board.read(usernames))
    // An update that was pushed during the read is newer than what was read.
    for (const [username, known] of before) {
      const pushed = this.#shown.get(username)
      if (pushed !== undefined && pushed !== known) read.set(username, pushed)
    }
    for (const [username, update] of read)
      // Other viewers here may know an older update. `refresh` compares, and shows them this one.
      if (this.#watchers.has(username) && !this.#shown.has(username))
        this.#shown.set(username, update)
    return usernames.map(
      (userId) => read.get(userId) ?? { userId, status: 'offline', lastSeen: null },
    )
  }

  async unsubscribe(connection: Viewer, usernames: readonly string[]): Promise<void> {
    const gone = usernames.filter((username) => this.#unwatch(connection, username))
    if (gone.length > 0) await this.#deps.board.unwatch(this.#deps.serverId, gone)
  }

  forget(connection: Viewer): void {
    this.#due.delete(connection)
    const gone = [...connection.watched].filter((one) => this.#unwatch(connection, one))
    if (gone.length > 0)
      this.#deps.board.unwatch(this.#deps.serverId, gone).catch(() => {
        // `refresh` sends the whole set again within 5 s.
      })
  }

  show(updates: readonly PresenceUpdate[]): void {
    for (const update of updates) {
      if (this.#watchers.has(update.userId)) this.#shown.set(update.userId, update)
      for (const connection of this.#watchers.get(update.userId) ?? []) {
        const due = this.#due.get(connection)
        if (due === undefined) this.#due.set(connection, new Map([[update.userId, update]]))
        else due.set(update.userId, update)
      }
    }
  }

  /** Every `presenceFrameEveryMs`. For a slow socket, updates wait until it has drained. */
  flush(): void {
    for (const [connection, due] of this.#due) {
      if (connection.isSlow) continue
      connection.send({ type: 'presence_update', presence: [...due.values()] })
      this.#due.delete(connection)
    }
  }

  async choose(username: string, chosen: Choice): Promise<void> {
    const { board } = this.#deps
    const earlier = [(await board.choices([username])).get(username), this.#choices.get(username)]
    // A later choice has a later time, even if the clock was set back in between.
    const atMs = Math.max(chosen.atMs, ...earlier.map((one) => (one?.atMs ?? 0) + 1))
    const choice = { ...chosen, atMs }
    await board.choose(username, choice)
    this.#choices.set(username, choice)
    if (this.#unkept.size < maxUnkept) this.#unkept.set(username, choice)
    void this.#keep()
  }

  /**
   * The board may have come back empty. Forgets which users chose nothing, because the accounts may
   * hold their choices.
   */
  boardLost(): void {
    for (const [username, choice] of this.#choices)
      if (choice === null) this.#choices.delete(username)
  }

  /**
   * True if signs of presence (typing, read marks) must be hidden. True while the board is away.
   */
  async isInvisible(username: string): Promise<boolean> {
    const choices = await this.#deps.board.choices([username]).catch(() => null)
    if (choices === null) return true
    const choice = choices.get(username) ?? this.#choices.get(username)
    return choice?.status === 'invisible'
  }

  /** Every 5 s: sends the board everything again, and looks for updates that no push brought. */
  async refresh(): Promise<void> {
    const watched = [...this.#watchers.keys()]
    await this.#deps.board.watch(this.#deps.serverId, watched, true)
    await this.#report([...this.#deps.users.all()])
    void this.#keep()
    await this.#compare(watched)
  }

  /** Shows updates that no push brought: it was lost, or its sender died before sending it. */
  async #compare(usernames: readonly string[]): Promise<void> {
    const known = new Map(usernames.map((username) => [username, this.#shown.get(username)]))
    const read = await this.#deps.board.read(usernames)
    this.show(
      [...read.values()].filter((now) => {
        const before = known.get(now.userId)
        // An update that was pushed during the read is newer than what was read.
        const isLatest = before !== undefined && this.#shown.get(now.userId) === before
        return isLatest && (before.status !== now.status || before.text !== now.text)
      }),
    )
  }

  async #report(users: readonly Reported[]): Promise<void> {
    try {
      // Before the report: otherwise a board that lost the choice would show an invisible user.
      const unsure = await this.#keepChoices(users.filter((user) => this.#isHere(user)))
      const atMs = Date.now()
      const reported = users.filter(({ username }) => !unsure.has(username))
      const reports = reported.map((user) => ({
        username: user.username,
        connected: this.#isHere(user),
        atMs,
      }))
      for (const { username, connected } of reports) if (!connected) this.#choices.delete(username)
      await this.#deps.board.report(this.#deps.serverId, reports)
    } catch (error) {
      this.#deps.logger.warn(
        { err: error },
        'the presence of users could not be reported, it is tried again within 5 s',
      )
    }
  }

  /**
   * Learns what users have chosen, and gives the board the choices that it has lost.
   *
   * @returns the users whose choice cannot be learned now
   */
  async #keepChoices(users: readonly Reported[]): Promise<ReadonlySet<string>> {
    const { board } = this.#deps
    const asked = users.flatMap(({ username }) =>
      this.#choices.get(username) === null ? [] : [username],
    )
    if (asked.length === 0) return new Set()
    const stored = await board.choices(asked)
    const unsure = await this.#askAccounts(
      asked.filter((username) => !stored.has(username) && !this.#choices.has(username)),
    )
    for (const username of asked) {
      if (unsure.has(username)) continue
      const known = this.#choices.get(username) ?? null
      const kept = stored.get(username) ?? null
      if (known !== null && (kept === null || kept.atMs < known.atMs))
        await board.choose(username, known)
      else this.#choices.set(username, kept)
    }
    return unsure
  }

  /**
   * Asks the accounts for choices that the board does not know. A user whom the board has seen
   * online has chosen nothing. So only new users are asked about, or, after a loss of the board,
   * all.
   *
   * @returns the users about whom there was no answer
   */
  async #askAccounts(usernames: readonly string[]): Promise<ReadonlySet<string>> {
    if (usernames.length === 0) return new Set()
    const seen = await this.#deps.board.read(usernames)
    const unsure = new Set(
      usernames.filter((username) => (seen.get(username)?.lastSeen ?? null) === null),
    )
    try {
      for (const some of chunks([...unsure])) {
        const kept = await this.#deps.accounts.statusesOf(some)
        for (const [username, choice] of kept) this.#choices.set(username, choice)
        for (const username of some) unsure.delete(username)
      }
    } catch (error) {
      this.#deps.logger.warn(
        { err: error },
        'choices could not be read, their users are not reported, it is tried again within 5 s',
      )
    }
    return unsure
  }

  /** One write at a time. Choices that are made meanwhile are in the next write. */
  async #keep(): Promise<void> {
    if (this.#keeping) return
    this.#keeping = true
    try {
      for (let some = this.#nextUnkept(); some.size > 0; some = this.#nextUnkept()) {
        await this.#deps.accounts.keepStatuses(some)
        for (const [username, choice] of some)
          if (this.#unkept.get(username) === choice) this.#unkept.delete(username)
      }
    } catch (error) {
      this.#deps.logger.warn(
        { err: error },
        'choices could not be stored with the accounts, it is tried again within 5 s',
      )
    }
    this.#keeping = false
  }

  #nextUnkept(): ReadonlyMap<string, Choice> {
    return new Map([...this.#unkept].slice(0, accountsAtOnce))
  }

  #isHere({ username }: Reported): boolean {
    return this.#deps.users.get(username) !== undefined
  }

  /** @returns true if the connection was the last one here that watched the user */
  #unwatch(connection: Viewer, username: string): boolean {
    if (!connection.watched.delete(username)) return false
    const watchers = this.#watchers.get(username)
    watchers?.delete(connection)
    if (watchers === undefined || watchers.size > 0) return false
    this.#watchers.delete(username)
    this.#shown.delete(username)
    return true
  }
}

function chunks(usernames: readonly string[]): string[][] {
  const count = Math.ceil(usernames.length / accountsAtOnce)
  return Array.from({ length: count }, (_, n) =>
    usernames.slice(n * accountsAtOnce, (n + 1) * accountsAtOnce),
  )
}

import type { Accounts } from '@rookery/accounts'
import type { Choice, PresenceBoard } from '@rookery/directory'
import type { PresenceUpdate } from '@rookery/domain'
import type { Presence } from '@rookery/protocol'
import type { Logger } from '@rookery/service-kit'
import type { Connection } from '../sockets/connection.ts'
import type { LocalUser } from './local-user.ts'

/** How often viewers are shown what is due. A viewer gets five frames a second at most, also when a timer is a little early. */
export const presenceFrameEveryMs: number = 210
const accountsAtOnce = 1_000
const maxUnkept = 10_000

/** What it needs of a chat server. */
export interface PresenceFeedDeps {
  serverId: string
  board: PresenceBoard
  accounts: Pick<Accounts, 'keepStatuses' | 'statusesOf'>
  users: { get(username: string): unknown; all(): Iterable<Reported> }
  logger: Logger
}
type Reported = Pick<LocalUser, 'username'>
/** A socket that watches users. */
export type Viewer = Pick<Connection, 'watched' | 'send' | 'isSlow'>

/** Who on this server watches whom, and what this server reports of its users. */
export class PresenceFeed {
  readonly #ctx: PresenceFeedDeps
  readonly #watchers = new Map<string, Set<Viewer>>()
  /** What the watchers here know of a user. */
  readonly #shown = new Map<string, PresenceUpdate>()
  /** Updates that a viewer is shown at the next flush: five frames a second at most, whatever happens. */
  readonly #due = new Map<Viewer, Map<string, PresenceUpdate>>()
  readonly #changed = new Set<Reported>()
  /** What the users here chose, as far as it is known here; null: nothing. The board may lose it. */
  readonly #choices = new Map<string, Choice | null>()
  /** Chosen here, and not kept with the accounts yet. */
  readonly #unkept = new Map<string, Choice>()
  #keeping = false
  #reporting = false

  constructor(ctx: PresenceFeedDeps) {
    this.#ctx = ctx
  }

  /** A socket of the user came or went. Reported in one batch a turn. */
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
    // Watch first: a change after the read is pushed.
    await this.#ctx.board.watch(this.#ctx.serverId, usernames, false)
    const read = new Map(await this.#ctx.board.read(usernames))
    // It may also be shown before the read is answered.
    for (const [username, known] of before) {
      const pushed = this.#shown.get(username)
      if (pushed !== undefined && pushed !== known) read.set(username, pushed)
    }
    for (const [username, update] of read)
      // Others here may know something older, and are told when they are compared.
      if (this.#watchers.has(username) && !this.#shown.has(username))
        this.#shown.set(username, update)
    return usernames.map(
      (userId) => read.get(userId) ?? { userId, status: 'offline', lastSeen: null },
    )
  }

  async unsubscribe(connection: Viewer, usernames: readonly string[]): Promise<void> {
    const gone = usernames.filter((username) => this.#unwatch(connection, username))
    if (gone.length > 0) await this.#ctx.board.unwatch(this.#ctx.serverId, gone)
  }

  forget(connection: Viewer): void {
    this.#due.delete(connection)
    const gone = [...connection.watched].filter((one) => this.#unwatch(connection, one))
    if (gone.length > 0)
      this.#ctx.board.unwatch(this.#ctx.serverId, gone).catch(() => {
        // The whole set is told again within 5 s.
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

  /** Every `presenceFrameEveryMs`. What a slow socket is due waits until it has drained, one update a user. */
  flush(): void {
    for (const [connection, due] of this.#due) {
      if (connection.isSlow) continue
      connection.send({ type: 'presence_update', presence: [...due.values()] })
      this.#due.delete(connection)
    }
  }

  async choose(username: string, chosen: Choice): Promise<void> {
    const { board } = this.#ctx
    const earlier = [(await board.choices([username])).get(username), this.#choices.get(username)]
    // It follows what was chosen before it also when the clock was set back since.
    const atMs = Math.max(chosen.atMs, ...earlier.map((one) => (one?.atMs ?? 0) + 1))
    const choice = { ...chosen, atMs }
    await board.choose(username, choice)
    this.#choices.set(username, choice)
    if (this.#unkept.size < maxUnkept) this.#unkept.set(username, choice)
    void this.#keep()
  }

  /** The board may have come back empty: what it did not know before may be with the accounts. */
  boardLost(): void {
    for (const [username, choice] of this.#choices)
      if (choice === null) this.#choices.delete(username)
  }

  /** Whether what shows by itself that the user is there must not be shown. With the board away nothing of it is shown. */
  async isInvisible(username: string): Promise<boolean> {
    const choices = await this.#ctx.board.choices([username]).catch(() => null)
    if (choices === null) return true
    const choice = choices.get(username) ?? this.#choices.get(username)
    return choice?.status === 'invisible'
  }

  /** Every 5 s: all of it anew, for a board that lost it; and what no push told. */
  async refresh(): Promise<void> {
    const watched = [...this.#watchers.keys()]
    await this.#ctx.board.watch(this.#ctx.serverId, watched, true)
    await this.#report([...this.#ctx.users.all()])
    void this.#keep()
    await this.#compare(watched)
  }

  /** A push may get lost, or its sender die before it was sent. */
  async #compare(usernames: readonly string[]): Promise<void> {
    const known = new Map(usernames.map((username) => [username, this.#shown.get(username)]))
    const read = await this.#ctx.board.read(usernames)
    this.show(
      [...read.values()].filter((now) => {
        const before = known.get(now.userId)
        // Whatever was pushed meanwhile is newer than what was read.
        const isLatest = before !== undefined && this.#shown.get(now.userId) === before
        return isLatest && (before.status !== now.status || before.text !== now.text)
      }),
    )
  }

  async #report(users: readonly Reported[]): Promise<void> {
    try {
      // First, so that nobody who is invisible is reported to a board that does not know it.
      const unsure = await this.#keepChoices(users.filter((user) => this.#isHere(user)))
      const atMs = Date.now()
      const reported = users.filter(({ username }) => !unsure.has(username))
      const reports = reported.map((user) => ({
        username: user.username,
        connected: this.#isHere(user),
        atMs,
      }))
      for (const { username, connected } of reports) if (!connected) this.#choices.delete(username)
      await this.#ctx.board.report(this.#ctx.serverId, reports)
    } catch (error) {
      this.#ctx.logger.warn({ err: error }, 'presence is not reported, it will be within 5 s')
    }
  }

  /** Learns what users have chosen, and tells the board again what it has lost. @returns those of whom it is not known now */
  async #keepChoices(users: readonly Reported[]): Promise<ReadonlySet<string>> {
    const { board } = this.#ctx
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
   * For those of whom the board knows no choice. Who was ever seen online since the board began has made none, so it is only after a loss, and
   * for new users, that the accounts must answer. @returns of whom they did not
   */
  async #askAccounts(usernames: readonly string[]): Promise<ReadonlySet<string>> {
    if (usernames.length === 0) return new Set()
    const seen = await this.#ctx.board.read(usernames)
    const unsure = new Set(
      usernames.filter((username) => (seen.get(username)?.lastSeen ?? null) === null),
    )
    try {
      for (const some of chunks([...unsure])) {
        const kept = await this.#ctx.accounts.statusesOf(some)
        for (const [username, choice] of kept) this.#choices.set(username, choice)
        for (const username of some) unsure.delete(username)
      }
    } catch (error) {
      this.#ctx.logger.warn({ err: error }, 'users are not shown until their choices are known')
    }
    return unsure
  }

  /** One write at a time, so that what is chosen meanwhile goes together. */
  async #keep(): Promise<void> {
    if (this.#keeping) return
    this.#keeping = true
    try {
      for (let some = this.#nextUnkept(); some.size > 0; some = this.#nextUnkept()) {
        await this.#ctx.accounts.keepStatuses(some)
        for (const [username, choice] of some)
          if (this.#unkept.get(username) === choice) this.#unkept.delete(username)
      }
    } catch (error) {
      this.#ctx.logger.warn({ err: error }, 'choices are not kept, they will be within 5 s')
    }
    this.#keeping = false
  }

  #nextUnkept(): ReadonlyMap<string, Choice> {
    return new Map([...this.#unkept].slice(0, accountsAtOnce))
  }

  #isHere({ username }: Reported): boolean {
    return this.#ctx.users.get(username) !== undefined
  }

  /** True when nobody here watches the user any more. */
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

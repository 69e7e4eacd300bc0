import { randomUUID } from 'node:crypto'
import type { Routing } from '@rookery/directory'
import type { MemberRow, MessageStore } from '@rookery/message-store'
import type { Logger } from '@rookery/service-kit'
import { type Membership, membershipNow } from '../channels/admissions.ts'
import type { Hubs } from '../channels/hubs.ts'
import { joinedFrames, type JoinedViewDeps, readJoined } from '../channels/joined-view.ts'
import type { ChatConfig } from '../config.ts'
import type { UserConnection } from '../sockets/user-connection.ts'
import { LocalUser } from './local-user.ts'

/** What the users need of the server. */
export interface UsersDeps extends JoinedViewDeps {
  config: { limits: Pick<ChatConfig['limits'], 'messagesPerSecond' | 'messageBurst'> }
  hubs: Pick<Hubs, 'get' | 'open' | 'openMany'>
  store: Pick<MessageStore, 'channelsOf' | 'member' | 'messages'>
  routing: Pick<Routing, 'versions' | 'proposeVersions'>
  logger: Pick<Logger, 'warn'>
}

const listPage = 500
const reconciledAtOnce = 32
const maxChannels = 2_000

/** The users with a socket here, and their way into channels. */
export class Users {
  readonly #deps: UsersDeps
  readonly #users = new Map<string, LocalUser>()

  constructor(deps: UsersDeps) {
    this.#deps = deps
  }

  get(username: string): LocalUser | undefined {
    return this.#users.get(username)
  }

  all(): IterableIterator<LocalUser> {
    return this.#users.values()
  }

  get size(): number {
    return this.#users.size
  }

  add(connection: UserConnection, username: string): LocalUser {
    let user = this.#users.get(username)
    if (user === undefined) {
      user = new LocalUser(username, this.#deps.config.limits)
      this.#users.set(username, user)
    }
    user.connections.add(connection)
    return user
  }

  remove(connection: UserConnection, user: LocalUser): void {
    user.connections.delete(connection)
    if (user.connections.size > 0 || this.#users.get(user.username) !== user) return
    this.#users.delete(user.username)
    for (const hub of user.channels.values()) hub.detach(user)
  }

  /**
   * Puts the user into its channels: all of them for its first socket, later those that changed.
   */
  async load(user: LocalUser, version: string | null): Promise<void> {
    if (user.loading === null) {
      user.loading = this.#load(user, version)
      user.loading.catch(() => (user.loading = null))
      await user.loading
    } else {
      await user.loading
      // Even if `version` has not changed: a change that another server acknowledged may not have
      // set a new version yet.
      await this.reconcile(user, version)
    }
  }

  async #load(user: LocalUser, version: string | null): Promise<void> {
    const { username } = user
    const memberships = await this.#channelsOf(username)
    await this.#deps.hubs.openMany(memberships.map((row) => row.channelId))
    const admissions = memberships.flatMap(({ channelId }) => {
      const hub = this.#deps.hubs.get(channelId)
      return hub === undefined ? [] : [{ hub, admission: hub.beginAdmission(username) }]
    })
    try {
      // Read again, now that positions are taken: phase 3 of the hand-over (see `ChannelHub`).
      const rows = new Map((await this.#channelsOf(username)).map((row) => [row.channelId, row]))
      for (const { hub, admission } of admissions) {
        const row = rows.get(hub.channelId)
        const state = membershipNow(admission, row === undefined ? null : membershipOf(row))
        // If its last socket has closed, nothing would detach the user again.
        if (state?.present === true && user.connections.size > 0) hub.attach(user, state.role)
        rows.delete(hub.channelId)
      }
      await Promise.all([...rows.keys()].map((channelId) => this.admit(user, channelId, null)))
    } finally {
      for (const { hub, admission } of admissions) hub.endAdmission(username, admission)
    }
    user.version = version
    if (version === null) this.#proposeVersion(user)
  }

  /** Compares the user's channels with the store's: a push that added the user may be lost. */
  async reconcile(user: LocalUser, version: string | null): Promise<void> {
    const rows = new Set((await this.#channelsOf(user.username)).map((row) => row.channelId))
    for (const channelId of rows)
      if (!user.channels.has(channelId)) await this.admit(user, channelId, null)
    for (const [channelId, hub] of user.channels) if (!rows.has(channelId)) await hub.confirm()
    user.version = version
    if (version === null) this.#proposeVersion(user)
  }

  /** Every 5 s: reads the versions of all users, and reconciles those that changed. */
  async refresh(): Promise<void> {
    const users = [...this.#users.values()].filter((user) => user.loading !== null)
    for (let i = 0; i < users.length; i += listPage) {
      const some = users.slice(i, i + listPage)
      const versions = await this.#deps.routing.versions(some.map((user) => user.username))
      const changed = some.filter(({ username, version }) => {
        const now = versions.get(username) ?? null
        return now === null || now !== version
      })
      // After a loss of the directory every user has changed, so several are read at a time.
      for (let from = 0; from < changed.length; from += reconciledAtOnce)
        await Promise.all(
          changed
            .slice(from, from + reconciledAtOnce)
            .map((user) => this.reconcile(user, versions.get(user.username) ?? null)),
        )
    }
  }

  /** Lets in a user who joined a channel, if the user has a socket here. */
  joined(channelId: string, username: string, by: string): void {
    const user = this.#users.get(username)
    if (user !== undefined) void this.admit(user, channelId, by)
  }

  /**
   * Lets the user into a channel if the store, or an event, says that it is a member: attaches it
   * and sends `channel_joined` to its sockets, as an answer to the join requests that wait.
   * Concurrent calls for one channel share one admission. @returns false if it is no member
   */
  admit(user: LocalUser, channelId: string, by: string | null): Promise<boolean> {
    const running = user.admitting.get(channelId)
    if (running !== undefined) return running
    const admission = this.#admit(user, channelId, by)
      .catch((error: unknown) => {
        this.#deps.logger.warn(
          { err: error, channelId },
          'a member could not be let into a channel, the next refresh tries again',
        )
        // Without a version the next refresh reconciles the user.
        user.version = null
        return false
      })
      .finally(() => user.admitting.delete(channelId))
    user.admitting.set(channelId, admission)
    return admission
  }

  async #admit(user: LocalUser, channelId: string, by: string | null): Promise<boolean> {
    const hub = await this.#deps.hubs.open(channelId)
    if (hub === null || user.channels.has(channelId)) return hub !== null
    const { username } = user
    // Phases 1 and 2 of the hand-over (see `ChannelHub`).
    const admission = hub.beginAdmission(username)
    const recording = hub.record()
    try {
      const row = await this.#deps.store.member(channelId, username)
      const read = row === null ? null : membershipOf(row)
      if (membershipNow(admission, read)?.present !== true) return false
      const view = await readJoined(this.#deps, user, recording, channelId)
      const state = membershipNow(admission, read)
      if (state?.present !== true || user.connections.size === 0 || user.channels.has(channelId))
        return state?.present === true
      hub.attach(user, state.role)
      const requests = user.joinRequests.get(channelId) ?? []
      user.joinRequests.delete(channelId)
      for (const connection of user.connections) {
        if (!connection.ready) {
          connection.joinedWhileListing.add(channelId)
          continue
        }
        const own = requests.filter((request) => request.connection === connection)
        for (const frame of joinedFrames(view, recording, own, by)) connection.push(frame, hub)
      }
      return true
    } finally {
      hub.stopRecording(recording)
      hub.endAdmission(username, admission)
    }
  }

  async #channelsOf(username: string): Promise<MemberRow[]> {
    const all: MemberRow[] = []
    for (let after: string | undefined; all.length < maxChannels;) {
      const page = await this.#deps.store.channelsOf(username, {
        limit: listPage,
        ...(after === undefined ? {} : { after }),
      })
      all.push(...page)
      after = page.at(-1)?.channelId
      if (page.length < listPage) break
    }
    return all
  }

  /** Sets a version for a user without one, so that the next refresh does not read its channels. */
  #proposeVersion(user: LocalUser): void {
    const version = randomUUID()
    this.#deps.routing
      .proposeVersions(new Map([[user.username, version]]))
      .then(() => this.#deps.routing.versions([user.username]))
      .then((versions) => {
        // If another server's proposal, or a change, came first, the list is read again.
        if (versions.get(user.username) === version) user.version = version
      })
      .catch(() => undefined)
  }
}

function membershipOf(row: MemberRow): Membership {
  return { present: row.present, role: row.role }
}

import { randomUUID } from 'node:crypto'
import type { Role } from '@rookery/domain'
import type { MemberRow } from '@rookery/message-store'
import type { ChannelHub } from '../channels/channel-hub.ts'
import type { Connection } from '../sockets/connection.ts'
import type { ChatContext } from '../context.ts'
import { joinedFrames, readJoined } from '../channels/joined-view.ts'
import { LocalUser } from './local-user.ts'

const listPage = 500
const reconciledAtOnce = 32
const maxChannels = 2_000

/** The users with a socket here, and their way into channels. */
export class Users {
  readonly #ctx: ChatContext
  readonly #users = new Map<string, LocalUser>()

  constructor(ctx: ChatContext) {
    this.#ctx = ctx
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

  add(connection: Connection, username: string): LocalUser {
    let user = this.#users.get(username)
    if (user === undefined) {
      user = new LocalUser(username, this.#ctx.config.limits)
      this.#users.set(username, user)
    }
    user.connections.add(connection)
    return user
  }

  remove(connection: Connection, user: LocalUser): void {
    user.connections.delete(connection)
    if (user.connections.size > 0 || this.#users.get(user.username) !== user) return
    this.#users.delete(user.username)
    for (const hub of user.channels.values()) hub.detach(user)
  }

  /** Attaches the user to all its channels: all of them for its first socket, for later ones what has changed since. */
  async load(user: LocalUser, version: string | null): Promise<void> {
    if (user.loading === null) {
      user.loading = this.#load(user, version)
      user.loading.catch(() => (user.loading = null))
      await user.loading
    } else {
      await user.loading
      // Also under the version known here: what was acknowledged elsewhere may not have got a new one yet.
      await this.reconcile(user, version)
    }
  }

  async #load(user: LocalUser, version: string | null): Promise<void> {
    const { username } = user
    const wanted = await this.#channelsOf(username)
    await this.#ctx.hubs.openMany(wanted.map((row) => row.channelId))
    const admissions = wanted.flatMap(({ channelId }) => {
      const hub = this.#ctx.hubs.get(channelId)
      return hub === undefined ? [] : [{ hub, admission: hub.beginAdmission(username) }]
    })
    try {
      // Read again now that positions are taken: events above them overrule these rows.
      const rows = new Map((await this.#channelsOf(username)).map((row) => [row.channelId, row]))
      for (const { hub, admission } of admissions) {
        const row = rows.get(hub.channelId)
        const state = admission.override ?? (row === undefined ? null : presence(row))
        // Its last socket may have closed: nobody would detach it any more.
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

  /** Compares the user's channels with the store's: for when being added may have been missed. */
  async reconcile(user: LocalUser, version: string | null): Promise<void> {
    const rows = new Set((await this.#channelsOf(user.username)).map((row) => row.channelId))
    for (const channelId of rows)
      if (!user.channels.has(channelId)) await this.admit(user, channelId, null)
    for (const [channelId, hub] of user.channels) if (!rows.has(channelId)) await hub.confirm()
    user.version = version
    if (version === null) this.#proposeVersion(user)
  }

  /** Re-reads all users' versions: every 5 s. */
  async refresh(): Promise<void> {
    const users = [...this.#users.values()].filter((user) => user.loading !== null)
    for (let i = 0; i < users.length; i += listPage) {
      const some = users.slice(i, i + listPage)
      const versions = await this.#ctx.routing.versions(some.map((user) => user.username))
      const changed = some.filter(({ username, version }) => {
        const now = versions.get(username) ?? null
        return now === null || now !== version
      })
      // After a loss that is everybody: one after another they would not be through in time.
      for (let from = 0; from < changed.length; from += reconciledAtOnce)
        await Promise.all(
          changed
            .slice(from, from + reconciledAtOnce)
            .map((user) => this.reconcile(user, versions.get(user.username) ?? null)),
        )
    }
  }

  /**
   * Lets the user into a channel if the store, or an event, says that it is a member: attaches it and sends `channel_joined` to its sockets, as
   * an answer to those who asked. False: it is no member. Several at once are one.
   */
  admit(user: LocalUser, channelId: string, by: string | null): Promise<boolean> {
    const running = user.admitting.get(channelId)
    if (running !== undefined) return running
    const admission = this.#admit(user, channelId, by)
      .catch((error: unknown) => {
        this.#ctx.logger.warn({ err: error, channelId }, 'a member could not be let in yet')
        // Its version is not taken as seen, so that the next refresh tries again.
        user.version = null
        return false
      })
      .finally(() => user.admitting.delete(channelId))
    user.admitting.set(channelId, admission)
    return admission
  }

  async #admit(user: LocalUser, channelId: string, by: string | null): Promise<boolean> {
    const hub = await this.#ctx.hubs.open(channelId)
    if (hub === null || user.channels.has(channelId)) return hub !== null
    const { username } = user
    const admission = hub.beginAdmission(username)
    const recording = hub.record()
    try {
      const row = await this.#ctx.store.member(channelId, username)
      const read = row === null ? null : presence(row)
      if ((admission.override ?? read)?.present !== true) return false
      const view = await readJoined(this.#ctx, user, recording, channelId)
      const state = admission.override ?? read
      if (state?.present !== true || user.connections.size === 0 || user.channels.has(channelId))
        return state?.present === true
      hub.attach(user, state.role)
      this.#showJoined(user, hub, (connection) => {
        const requests = user.joinRequests.get(channelId) ?? []
        const own = requests.filter((request) => request.connection === connection)
        for (const frame of joinedFrames(view, recording, own, by)) connection.push(frame, hub)
      })
      user.joinRequests.delete(channelId)
      return true
    } finally {
      hub.stopRecording(recording)
      hub.endAdmission(username, admission)
    }
  }

  #showJoined(user: LocalUser, hub: ChannelHub, show: (connection: Connection) => void): void {
    for (const connection of user.connections) {
      if (connection.ready) show(connection)
      else connection.joinedWhileListing.add(hub.channelId)
    }
  }

  async #channelsOf(username: string): Promise<MemberRow[]> {
    const all: MemberRow[] = []
    for (let after: string | undefined; all.length < maxChannels;) {
      const page = await this.#ctx.store.channelsOf(username, {
        limit: listPage,
        ...(after === undefined ? {} : { after }),
      })
      all.push(...page)
      after = page.at(-1)?.channelId
      if (page.length < listPage) break
    }
    return all
  }

  /** So that the next refresh need not read the list again. */
  #proposeVersion(user: LocalUser): void {
    const version = randomUUID()
    this.#ctx.routing
      .proposeVersions(new Map([[user.username, version]]))
      .then(() => this.#ctx.routing.versions([user.username]))
      .then((versions) => {
        // Somebody else's proposal, or a change, came first: the list is read again.
        if (versions.get(user.username) === version) user.version = version
      })
      .catch(() => undefined)
  }
}

function presence(row: MemberRow): { present: boolean; role: Role } {
  return { present: row.present, role: row.role }
}

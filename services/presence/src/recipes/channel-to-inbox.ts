import type { Registration } from '@rookery/bridge'
import { Reconciler } from '@rookery/service-kit'
import type { Routing } from '@rookery/directory'
import type { EventPush } from '@rookery/domain'
import type { MessageLog } from '@rookery/log'
import type { MessageStore } from '@rookery/message-store'
import { steadyNow } from '@rookery/service-kit'
import { randomUUID } from 'node:crypto'
import { WorkerMailbox, type WorkerMailboxDeps } from './worker-mailbox.ts'

export interface ChannelToInboxDeps extends Omit<WorkerMailboxDeps, 'store'> {
  serverId: string
  routing: Routing
  log: Pick<MessageLog, 'partitionOf'>
  store: Pick<MessageStore, 'cursor' | 'advanceCursor' | 'events' | 'channelsOf' | 'channels'>
}

const refreshEveryMs = 5_000
const atOnce = 1_000
const unlimited = 1_000_000_000

/**
 * The mailboxes of all workers. To the platform, this process is the server that the workers are
 * connected to. It holds their routes, so new events are pushed to it. If a push is lost, it finds
 * the event by heads and user versions, like a chat server.
 */
export class ChannelToInbox {
  readonly #deps: ChannelToInboxDeps
  readonly #signal: AbortSignal
  readonly #sinceMs = performance.now()
  /** By username. */
  readonly #mailboxes = new Map<string, { mailbox: WorkerMailbox; incarnation: string }>()
  readonly #mailboxOf = new Map<string, WorkerMailbox>()
  readonly #versions = new Map<string, string>()
  readonly #trigger: Reconciler

  constructor(deps: ChannelToInboxDeps, signal: AbortSignal) {
    this.#deps = deps
    this.#signal = signal
    this.#trigger = new Reconciler(() => this.#refresh(), {
      everyMs: refreshEveryMs,
      onError: (error) =>
        deps.logger.warn(
          { err: error },
          'channels of workers could not be read, tried again within 5 s',
        ),
    })
  }

  setWorkers(workers: ReadonlyMap<string, Registration>): void {
    const next = new Map(
      [...workers].map(([id, { incarnation }]) => [id.toLowerCase(), { id, incarnation }]),
    )
    for (const [username, { mailbox, incarnation }] of this.#mailboxes) {
      if (next.get(username)?.incarnation === incarnation) continue
      this.#mailboxes.delete(username)
      this.#versions.delete(username)
      for (const channelId of mailbox.channels) this.#mailboxOf.delete(channelId)
      void mailbox.close()
      this.#leave(username, [...mailbox.channels])
    }
    for (const [username, { id, incarnation }] of next) {
      if (this.#mailboxes.has(username)) continue
      const mailbox = new WorkerMailbox(id, this.#deps, this.#sinceMs, this.#signal)
      this.#mailboxes.set(username, { mailbox, incarnation })
      this.#trigger.poke()
    }
  }

  /** Handles an event that was pushed to this process. */
  pushed(event: EventPush): void {
    this.#mailboxOf.get(event.channelId)?.wake(event.channelId, event.seq)
    for (const username of event.users ?? []) {
      const mailbox = this.#mailboxes.get(username)?.mailbox
      if (mailbox !== undefined) this.#add(mailbox, event.channelId)
    }
  }

  async close(): Promise<void> {
    await this.#trigger.close()
    await Promise.all([...this.#mailboxes.values()].map(({ mailbox }) => mailbox.close()))
  }

  /**
   * Claims routes first, then reads versions, then lists of channels. In this order, a channel that
   * is created at the same time comes by a push or is in the list.
   */
  async #refresh(): Promise<void> {
    const { routing, serverId } = this.#deps
    const usernames = [...this.#mailboxes.keys()]
    for (let from = 0; from < usernames.length; from += atOnce) {
      const some = usernames.slice(from, from + atOnce)
      const heardAtMs = steadyNow()
      const isNew = some.filter((username) => !this.#versions.has(username))
      await Promise.all(isNew.map((username) => this.#claim(username)))
      await routing.renewRoutes(
        some.map((username) => ({ ...routeOf(username, serverId), heardAtMs })),
      )
      const proposed = new Map<string, string>()
      for (const [username, version] of await routing.versions(some)) {
        const mailbox = this.#mailboxes.get(username)?.mailbox
        if (mailbox === undefined) continue
        if (version !== null && this.#versions.get(username) === version) continue
        await this.#addAll(mailbox)
        const now = version ?? randomUUID()
        if (version === null) proposed.set(username, now)
        this.#versions.set(username, now)
      }
      if (proposed.size > 0) await routing.proposeVersions(proposed)
    }
    await this.#compareHeads()
  }

  async #claim(username: string): Promise<void> {
    const { routing, serverId } = this.#deps
    await routing.claimRoute({
      ...routeOf(username, serverId),
      heardAtMs: steadyNow(),
      named: { device: true, session: false },
      maxDevices: unlimited,
      maxSockets: unlimited,
    })
  }

  /** Reads page by page: a worker can be in more channels than a user. */
  async #addAll(mailbox: WorkerMailbox): Promise<void> {
    let after = ''
    for (;;) {
      const { username } = mailbox
      const page = await this.#deps.store.channelsOf(username, {
        limit: atOnce,
        ...(after !== '' && { after }),
      })
      for (const { channelId } of page) this.#add(mailbox, channelId)
      if (page.length < atOnce) return
      after = page.at(-1)?.channelId ?? ''
    }
  }

  #add(mailbox: WorkerMailbox, channelId: string): void {
    if (!mailbox.addChannel(channelId)) return
    this.#mailboxOf.set(channelId, mailbox)
    this.#trigger.poke()
  }

  /**
   * Also renews the interest. If the directory's view of a head is not fresh, the store is read.
   */
  async #compareHeads(): Promise<void> {
    const { routing, serverId, log, store } = this.#deps
    const channelIds = [...this.#mailboxOf.keys()]
    for (let from = 0; from < channelIds.length; from += atOnce) {
      const some = channelIds.slice(from, from + atOnce)
      const views = await routing.addInterest(
        serverId,
        some.map((channelId) => ({ channelId, partition: log.partitionOf(channelId) })),
      )
      const unsure = some.filter((channelId) => views.get(channelId)?.fresh !== true)
      const rows = unsure.length === 0 ? new Map() : await store.channels(unsure)
      for (const channelId of some) {
        const row = rows.get(channelId) as { head: number } | undefined
        const head = row?.head ?? views.get(channelId)?.head?.seq ?? 0
        this.#mailboxOf.get(channelId)?.wake(channelId, head)
      }
    }
  }

  #leave(username: string, channelIds: readonly string[]): void {
    const { routing, serverId, logger } = this.#deps
    Promise.all([
      routing.releaseRoute(username, connectionId(username)),
      routing.dropInterest(serverId, channelIds),
    ]).catch((error: unknown) => {
      logger.warn({ err: error }, 'a route could not be released, it expires')
    })
  }
}

const connectionId = (username: string): string => `_inbox-${username}`

function routeOf(username: string, serverId: string) {
  const deviceId = '_inbox'
  return { username, connectionId: connectionId(username), serverId, deviceId, session: null }
}

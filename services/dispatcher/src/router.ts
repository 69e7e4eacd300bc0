import {
  bodyHash,
  encodePushes,
  eventPush,
  usersChangedBy,
  type EventRow,
  type Push,
} from '@rookery/domain'
import {
  type AdvanceStep,
  type Audience,
  DirectoryError,
  type PushBus,
  type Routing,
} from '@rookery/directory'
import { steadyNow, type Logger, type Metrics } from '@rookery/service-kit'
import type { TurnOutcome, TurnSink } from './partition-worker.ts'

export interface RouterDeps {
  epoch: number
  routing: Routing
  bus: PushBus
  logger: Logger
  metrics: Metrics
  now?: () => number
}

interface PartitionRoutes {
  /** Rows may be stored whose heads are not set yet. */
  unrouted: boolean
  generation: number
  /** Channel → head that is not set yet, because the directory was away. */
  owedHeads: Map<string, number>
  /**
   * User whose new version is not set yet → the last change of the user's channels. A change that
   * comes while a version is being set stays owed, because that version does not cover it.
   */
  owedUsers: Map<string, object>
  /**
   * Heads that were set within the last 30 s. They are set again, so that a directory that came
   * back empty or old learns them.
   */
  recent: Map<string, { seq: number; at: number }>
  recentUsers: Map<string, number>
}

const recentMs = 30_000
/** Beyond this many owed or remembered channels of a partition, turns wait for the directory. */
const maxOwed = 50_000
const nobody: Audience = { interested: new Map(), routes: new Map() }

/**
 * Pushes stored rows to chat servers. One step sets heads and user versions and reads the
 * receivers; then each server is sent one batch. Pushes are best effort. Heads and versions are
 * owed until they are set.
 */
export class Router implements TurnSink {
  readonly #deps: RouterDeps
  readonly #partitions = new Map<number, PartitionRoutes>()
  readonly #events
  readonly #failures
  #isAway = false

  constructor(deps: RouterDeps) {
    this.#deps = deps
    this.#events = deps.metrics.counter(
      'rookery_dispatcher_pushes_total',
      'Events and answers sent, counted per receiving server',
    )
    this.#failures = deps.metrics.counter(
      'rookery_dispatcher_directory_failures_total',
      'Steps that set heads and failed at the directory',
    )
    deps.metrics.gauge('rookery_dispatcher_owed_heads', 'Channel heads not set yet', {
      collect: () => sum([...this.#partitions.values()].map((one) => one.owedHeads.size)),
    })
  }

  begin(partition: number): void {
    this.#routesOf(partition).unrouted = true
  }

  async route(outcome: TurnOutcome): Promise<void> {
    const { partition, rows, answers } = outcome
    const routes = this.#routesOf(partition)
    routes.generation = outcome.generation
    routes.unrouted = false
    const now = this.#now()
    for (const row of rows) {
      routes.owedHeads.set(row.channelId, row.seq)
      for (const user of usersChangedBy(row.body)) routes.owedUsers.set(user, row)
    }
    const audience = rows.length === 0 ? nobody : ((await this.#settle(partition, now)) ?? nobody)
    const batches = new Map<string, Push[]>()
    const send = (server: string, push: Push): void => {
      const batch = batches.get(server)
      if (batch === undefined) batches.set(server, [push])
      else batch.push(push)
    }
    for (const [index, row] of rows.entries()) {
      const push = eventPush(row, outcome.bodyHashes[index])
      for (const server of receiversOf(row, outcome.origins[index], audience)) send(server, push)
    }
    for (const { record, outcome: answer } of answers) {
      const { channelId, user, session, clientSeq } = record
      const of = { channelId, user, session, clientSeq, bodyHash: bodyHash(record.body) }
      send(record.origin, { k: 'answer', ...of, outcome: answer })
    }
    for (const [server, pushes] of batches) {
      this.#events.inc(pushes.length)
      this.#deps.bus.publish(server, encodePushes(pushes))
    }
  }

  settled(partition: number): boolean {
    const routes = this.#partitions.get(partition)
    // A late question must not bring a partition back that was given away, so none is created.
    return routes !== undefined && routes.owedHeads.size === 0 && routes.owedUsers.size === 0
  }

  async waitForRoom(partition: number): Promise<void> {
    const routes = this.#routesOf(partition)
    if (routes.owedHeads.size + routes.owedUsers.size <= maxOwed) return
    if ((await this.#settle(partition, this.#now())) === null)
      throw new DirectoryError(
        'unavailable',
        'the directory is away, and too many heads are owed to go on',
      )
  }

  /**
   * Every 2 s: sets owed heads and versions, and calls the heads of every partition of this process
   * fresh again.
   */
  async refresh(): Promise<void> {
    const now = this.#now()
    await Promise.all([...this.#partitions.keys()].map((partition) => this.#settle(partition, now)))
  }

  /** Sets the heads of the last 30 s again: every 3 s, and after a loss of the directory. */
  async reassert(): Promise<void> {
    const now = this.#now()
    for (const [partition, routes] of this.#partitions) {
      forgetOld(routes, now)
      for (const [channelId, { seq }] of routes.recent)
        if (!routes.owedHeads.has(channelId)) routes.owedHeads.set(channelId, seq)
      // User versions are not set again here: each new one costs each of the user's servers one
      // read of a list. This is needed only after a loss, see `lost`.
      await this.#settle(partition, now)
    }
  }

  /**
   * The directory may have come back empty: also sets new versions for users whose channels changed
   * within the last 30 s.
   */
  async lost(): Promise<void> {
    for (const routes of this.#partitions.values())
      for (const user of routes.recentUsers.keys()) routes.owedUsers.set(user, {})
    await this.reassert()
  }

  forget(partition: number): void {
    this.#partitions.delete(partition)
  }

  async #settle(partition: number, now: number): Promise<Audience | null> {
    const routes = this.#routesOf(partition)
    const heads = [...routes.owedHeads]
    const users = [...routes.owedUsers]
    const step: AdvanceStep = {
      partition,
      generation: routes.generation,
      fresh: !routes.unrouted,
      heads: heads.map(([channelId, seq]) => ({ channelId, epoch: this.#deps.epoch, seq })),
      changedUsers: users.map(([user]) => user),
    }
    try {
      const audience = await this.#deps.routing.advance(step)
      if (this.#isAway) this.#deps.logger.info({ partition }, 'the directory takes heads again')
      this.#isAway = false
      for (const [channelId, seq] of heads) {
        if (routes.owedHeads.get(channelId) === seq) routes.owedHeads.delete(channelId)
        routes.recent.delete(channelId)
        routes.recent.set(channelId, { seq, at: now })
      }
      for (const [user, change] of users) {
        if (routes.owedUsers.get(user) === change) routes.owedUsers.delete(user)
        routes.recentUsers.delete(user)
        routes.recentUsers.set(user, now)
      }
      forgetOld(routes, now)
      return audience
    } catch (error) {
      this.#failures.inc()
      // Every turn fails while the directory is away, so only the first failure is logged.
      if (!this.#isAway)
        this.#deps.logger.warn(
          { err: error, partition },
          'heads could not be set in the directory, they are set again within 2 s',
        )
      this.#isAway = true
      return null
    }
  }

  #routesOf(partition: number): PartitionRoutes {
    let routes = this.#partitions.get(partition)
    if (routes === undefined) {
      routes = {
        unrouted: false,
        generation: 0,
        owedHeads: new Map(),
        owedUsers: new Map(),
        recent: new Map(),
        recentUsers: new Map(),
      }
      this.#partitions.set(partition, routes)
    }
    return routes
  }

  #now(): number {
    return (this.#deps.now ?? steadyNow)()
  }
}

/**
 * The servers that are interested in the channel, the process that appended the record, and the
 * servers of users whose channels it changes.
 */
function receiversOf(
  row: EventRow,
  origin: string | undefined,
  audience: Audience,
): ReadonlySet<string> {
  const servers = new Set(audience.interested.get(row.channelId))
  if (origin !== undefined) servers.add(origin)
  for (const user of usersChangedBy(row.body))
    for (const route of audience.routes.get(user) ?? []) servers.add(route.serverId)
  return servers
}

/** Both maps hold the oldest entry first: an entry moves to the end when it is set again. */
function forgetOld(routes: PartitionRoutes, now: number): void {
  for (const [channelId, { at }] of routes.recent) {
    if (now - at < recentMs && routes.recent.size <= maxOwed) break
    routes.recent.delete(channelId)
  }
  for (const [user, at] of routes.recentUsers) {
    if (now - at < recentMs && routes.recentUsers.size <= maxOwed) break
    routes.recentUsers.delete(user)
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}

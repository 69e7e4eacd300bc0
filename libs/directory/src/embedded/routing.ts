import { randomUUID } from 'node:crypto'
import { steadyNow } from '@rookery/service-kit'
import {
  type AdvanceStep,
  type Audience,
  type ClaimResult,
  freshnessMs,
  type Head,
  type HeadView,
  type InterestIn,
  leaseMs,
  type RenewedRoute,
  type Route,
  type RouteClaim,
  type Routing,
} from '../routing.ts'
import { BoundedMap } from './bounded-map.ts'
import { InterestTable } from './interest-table.ts'
import { RouteTable } from './route-table.ts'

// A forgotten head or version is read again from the store, so these only bound memory.
const maxHeads = 200_000
const maxVersions = 200_000

export interface EmbeddedRouting extends Routing {
  /** Forgets everything and calls the listeners, as an engine does that came back empty. */
  lose(): void
}

/** For one process. Each method runs in one turn of the event loop, which makes it atomic. */
export function createEmbeddedRouting({
  now = steadyNow,
}: { now?: () => number } = {}): EmbeddedRouting {
  return new InProcessRouting(now)
}

class InProcessRouting implements EmbeddedRouting {
  readonly #now: () => number
  readonly #interest: InterestTable
  readonly #routes: RouteTable
  readonly #heads = new BoundedMap<string, Head>(maxHeads)
  readonly #versions = new BoundedMap<string, string>(maxVersions)
  readonly #freshness = new Map<number, { generation: number; endsMs: number }>()
  readonly #lostListeners = new Set<() => void>()
  #nextSweepMs = 0

  constructor(now: () => number) {
    this.#now = now
    this.#interest = new InterestTable(now)
    this.#routes = new RouteTable(now)
  }

  async renewServer(serverId: string): Promise<void> {
    this.#sweep()
    this.#interest.renew(serverId)
  }

  async forgetServer(serverId: string): Promise<void> {
    this.#interest.forget(serverId)
    this.#routes.forgetServer(serverId)
  }

  async servers(): Promise<string[]> {
    return this.#interest.servers()
  }

  async advance({
    partition,
    generation,
    fresh,
    heads,
    changedUsers,
  }: AdvanceStep): Promise<Audience> {
    for (const { channelId, epoch, seq } of heads) {
      const head = this.#heads.get(channelId)
      if (head === undefined || isAbove({ epoch, seq }, head))
        this.#heads.set(channelId, { epoch, seq })
    }
    for (const username of changedUsers) this.#versions.set(username, randomUUID())
    if (fresh) this.#vouch(partition, generation)
    return {
      interested: mapOf(
        heads.map((head) => head.channelId),
        (channelId) => this.#interest.interested(channelId),
      ),
      routes: mapOf(changedUsers, (username) => this.#routes.routesOf(username)),
    }
  }

  async addInterest(
    serverId: string,
    channels: readonly InterestIn[],
  ): Promise<ReadonlyMap<string, HeadView>> {
    this.#interest.add(
      serverId,
      channels.map((channel) => channel.channelId),
    )
    return new Map(
      channels.map(({ channelId, partition }) => [
        channelId,
        { head: this.#heads.get(channelId) ?? null, fresh: this.#isFresh(partition) },
      ]),
    )
  }

  async dropInterest(serverId: string, channelIds: readonly string[]): Promise<void> {
    this.#interest.drop(serverId, channelIds)
  }

  async interested(channelId: string): Promise<string[]> {
    return this.#interest.interested(channelId)
  }

  async correctHead(channelId: string, expected: Head | null, right: Head | null): Promise<void> {
    const head = this.#heads.get(channelId)
    if (head?.epoch !== expected?.epoch || head?.seq !== expected?.seq) return
    if (right === null) this.#heads.delete(channelId)
    else this.#heads.set(channelId, { epoch: right.epoch, seq: right.seq })
  }

  async claimRoute(claim: RouteClaim): Promise<ClaimResult> {
    this.#sweep()
    const result = this.#routes.claim(claim)
    return result.ok ? { ...result, version: this.#versions.get(claim.username) ?? null } : result
  }

  async renewRoutes(routes: readonly RenewedRoute[]): Promise<void> {
    this.#sweep()
    for (const route of routes) this.#routes.renew(route)
  }

  async releaseRoute(username: string, connectionId: string): Promise<void> {
    this.#routes.release(username, connectionId)
  }

  async drainRoutes(serverId: string): Promise<void> {
    this.#routes.drain(serverId)
  }

  async routesOf(usernames: readonly string[]): Promise<ReadonlyMap<string, readonly Route[]>> {
    return mapOf(usernames, (username) => this.#routes.routesOf(username))
  }

  async versions(usernames: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    return mapOf(usernames, (username) => this.#versions.get(username) ?? null)
  }

  async proposeVersions(versions: ReadonlyMap<string, string>): Promise<void> {
    for (const [username, version] of versions) {
      if (!this.#versions.has(username)) this.#versions.set(username, version)
    }
  }

  onLost(listener: () => void): () => void {
    this.#lostListeners.add(listener)
    return () => void this.#lostListeners.delete(listener)
  }

  lose(): void {
    this.#interest.clear()
    this.#routes.clear()
    this.#heads.clear()
    this.#versions.clear()
    this.#freshness.clear()
    for (const listener of this.#lostListeners) listener()
  }

  async close(): Promise<void> {
    this.#lostListeners.clear()
  }

  #vouch(partition: number, generation: number): void {
    const held = this.#freshness.get(partition)
    if (held !== undefined && held.generation > generation && held.endsMs > this.#now()) return
    this.#freshness.set(partition, { generation, endsMs: this.#now() + freshnessMs })
  }

  #isFresh(partition: number): boolean {
    return (this.#freshness.get(partition)?.endsMs ?? 0) > this.#now()
  }

  #sweep(): void {
    if (this.#now() < this.#nextSweepMs) return
    this.#nextSweepMs = this.#now() + leaseMs
    this.#interest.sweep()
    this.#routes.sweep()
  }
}

function isAbove(a: Head, b: Head): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.seq > b.seq)
}

function mapOf<Value>(
  keys: readonly string[],
  valueOf: (key: string) => Value,
): ReadonlyMap<string, Value> {
  return new Map(keys.map((key) => [key, valueOf(key)]))
}

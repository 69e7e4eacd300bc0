import { randomUUID } from 'node:crypto'
import {
  type AdvanceStep,
  type Audience,
  type ClaimResult,
  freshnessMs as defaultFreshnessMs,
  type Head,
  type HeadView,
  type InterestIn,
  leaseMs as defaultLeaseMs,
  type RenewedRoute,
  type Route,
  type RouteClaim,
  type Routing,
  unnamedDeviceId,
} from '../routing.ts'
import { inChunks, maxPerStep } from './chunks.ts'
import { RedisConnection, type RedisOptions } from './connection.ts'
import { LossWatch } from './loss-watch.ts'
import { type RoutingScripts, routingScripts } from './routing-scripts.ts'
import { TurnBatch } from './turn-batch.ts'

export interface RedisRoutingOptions extends RedisOptions {
  leaseMs?: number
  freshnessMs?: number
}

/**
 * @throws DirectoryError `unavailable`: Redis cannot be reached; `denied`: it refuses the name or
 * password
 */
export async function openRedisRouting(options: RedisRoutingOptions): Promise<Routing> {
  const connection = await RedisConnection.open(options)
  const { leaseMs = defaultLeaseMs, freshnessMs = defaultFreshnessMs } = options
  const scripts = routingScripts(leaseMs, freshnessMs)
  try {
    return new RedisRouting(connection, await LossWatch.start(connection), scripts)
  } catch (error) {
    connection.close()
    throw error
  }
}

/**
 * Each method is one script, which Redis runs as one step. A call about more than 1,000 channels or
 * users is split into several steps, so that Redis serves other clients in between.
 */
class RedisRouting implements Routing {
  readonly #connection: RedisConnection
  readonly #lossWatch: LossWatch
  readonly #scripts: RoutingScripts
  readonly #advances: TurnBatch<AdvanceStep, Audience>

  constructor(connection: RedisConnection, lossWatch: LossWatch, scripts: RoutingScripts) {
    this.#connection = connection
    this.#lossWatch = lossWatch
    this.#scripts = scripts
    this.#advances = new TurnBatch({
      work: (steps) => this.#advanceAll(steps),
      weigh: ({ heads, changedUsers }) => heads.length + changedUsers.length,
      maxWeight: maxPerStep,
    })
  }

  async renewServer(serverId: string): Promise<void> {
    await this.#connection.run(this.#scripts.renewServer, serverId)
  }

  async forgetServer(serverId: string): Promise<void> {
    await this.#connection.run(this.#scripts.forgetServer, serverId)
  }

  async servers(): Promise<string[]> {
    return (await this.#connection.run(this.#scripts.servers)) as string[]
  }

  advance(step: AdvanceStep): Promise<Audience> {
    return this.#advances.add(step)
  }

  async addInterest(
    serverId: string,
    channels: readonly InterestIn[],
  ): Promise<ReadonlyMap<string, HeadView>> {
    const views = await inChunks(channels, async (chunk) => {
      const answers = (await this.#connection.run(
        this.#scripts.addInterest,
        serverId,
        ...chunk.flatMap(({ channelId, partition }) => [channelId, partition]),
      )) as (string | number | null)[]
      return chunk.map(({ channelId }, i): [string, HeadView] => {
        const [head, fresh] = answers.slice(2 * i)
        return [channelId, { head: toHead(head), fresh: fresh === 1 }]
      })
    })
    return new Map(views)
  }

  async dropInterest(serverId: string, channelIds: readonly string[]): Promise<void> {
    await inChunks(channelIds, async (chunk) => {
      await this.#connection.run(this.#scripts.dropInterest, serverId, ...chunk)
      return []
    })
  }

  async interested(channelId: string): Promise<string[]> {
    return (await this.#connection.run(this.#scripts.interested, channelId)) as string[]
  }

  async correctHead(channelId: string, expected: Head | null, right: Head | null): Promise<void> {
    await this.#connection.run(
      this.#scripts.correctHead,
      channelId,
      fromHead(expected),
      fromHead(right),
    )
  }

  async claimRoute(claim: RouteClaim): Promise<ClaimResult> {
    const { username, connectionId, named, maxDevices, maxSockets } = claim
    // The stored route shows which parts the client named: after a loss, a renewal brings back the
    // route alone, without `named`.
    const route = {
      ...claim,
      deviceId: named.device ? claim.deviceId : unnamedDeviceId(connectionId),
      session: named.session ? claim.session : null,
    }
    const [outcome, others, version] = (await this.#connection.run(
      this.#scripts.claimRoute,
      username,
      ...fromRoute(route),
      named.device ? 1 : 0,
      named.session ? 1 : 0,
      maxDevices,
      maxSockets,
    )) as ['ok' | 'devices' | 'sockets', string[], string | null | undefined]
    const routes = toRoutes(others)
    if (outcome !== 'ok') return { ok: false, limit: outcome, counted: routes }
    return { ok: true, replaced: routes[0] ?? null, version: version ?? null }
  }

  async renewRoutes(routes: readonly RenewedRoute[]): Promise<void> {
    await inChunks(routes, async (chunk) => {
      const args = chunk.flatMap((route) => [route.username, ...fromRoute(route)])
      await this.#connection.run(this.#scripts.renewRoutes, ...args)
      return []
    })
  }

  async releaseRoute(username: string, connectionId: string): Promise<void> {
    const { client } = this.#connection
    const key = this.#connection.key('routes', username)
    await this.#connection.ask(() => client.hdel(key, connectionId))
  }

  async drainRoutes(serverId: string): Promise<void> {
    await this.#connection.run(this.#scripts.drainRoutes, serverId)
  }

  async routesOf(usernames: readonly string[]): Promise<ReadonlyMap<string, readonly Route[]>> {
    const routes = await inChunks(usernames, async (chunk) => {
      const each = (await this.#connection.run(this.#scripts.routesOf, ...chunk)) as string[][]
      return chunk.map((username, i): [string, Route[]] => [username, toRoutes(each[i] ?? [])])
    })
    return new Map(routes)
  }

  async versions(usernames: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    const { client } = this.#connection
    const versions = await inChunks(usernames, async (chunk) => {
      const keys = chunk.map((username) => this.#connection.key('version', username))
      const found = await this.#connection.ask(() => client.mget(keys))
      return chunk.map((username, i): [string, string | null] => [username, found[i] ?? null])
    })
    return new Map(versions)
  }

  async proposeVersions(versions: ReadonlyMap<string, string>): Promise<void> {
    await inChunks([...versions], async (chunk) => {
      await this.#connection.run(this.#scripts.proposeVersions, ...chunk.flat())
      return []
    })
  }

  onLost(listener: () => void): () => void {
    return this.#lossWatch.onLost(listener)
  }

  /** Runs the steps of several partitions as one script, and thus as one atomic step. */
  async #advanceAll(steps: readonly AdvanceStep[]): Promise<Audience[]> {
    const audiences = (await this.#connection.run(
      this.#scripts.advance,
      steps.length,
      ...steps.flatMap(toArguments),
    )) as [string[][], string[][]][]
    return steps.map(({ heads, changedUsers }, step) => {
      const [interested, routes] = audiences[step] ?? []
      return {
        interested: new Map(heads.map(({ channelId }, i) => [channelId, interested?.[i] ?? []])),
        routes: new Map(changedUsers.map((username, i) => [username, toRoutes(routes?.[i] ?? [])])),
      }
    })
  }

  async close(): Promise<void> {
    this.#lossWatch.close()
    this.#connection.close()
  }
}

function toArguments(step: AdvanceStep): (string | number)[] {
  const { partition, generation, fresh, heads, changedUsers } = step
  return [
    partition,
    generation,
    fresh ? 1 : 0,
    heads.length,
    changedUsers.length,
    ...heads.flatMap(({ channelId, epoch, seq }) => [channelId, epoch, seq]),
    ...changedUsers.flatMap((username) => [username, randomUUID()]),
  ]
}

function fromHead(head: Head | null): string {
  return head === null ? '' : `${head.epoch}:${head.seq}`
}

function toHead(stored: string | number | null | undefined): Head | null {
  if (typeof stored !== 'string' || !/^\d{1,15}:\d{1,15}$/.test(stored)) return null
  const [epoch, seq] = stored.split(':').map(Number)
  return epoch === undefined || seq === undefined ? null : { epoch, seq }
}

function fromRoute(route: Route): [connectionId: string, heardAtMs: number, names: string] {
  const { connectionId, heardAtMs, serverId, deviceId, session } = route
  return [connectionId, heardAtMs, JSON.stringify([serverId, deviceId, session])]
}

function toRoutes(flat: readonly string[]): Route[] {
  const routes: Route[] = []
  for (let i = 0; i < flat.length; i += 3) {
    const [connectionId = '', heardAtMs = '', names = ''] = flat.slice(i, i + 3)
    const [serverId, deviceId, session] = JSON.parse(names) as [string, string, string | null]
    routes.push({ connectionId, serverId, deviceId, session, heardAtMs: Number(heardAtMs) })
  }
  return routes
}

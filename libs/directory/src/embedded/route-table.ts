import {
  type ClaimResult,
  leaseMs,
  type RenewedRoute,
  type Route,
  type RouteClaim,
  unnamedDeviceId,
} from '../routing.ts'

interface LeasedRoute {
  route: Route
  endsMs: number
  draining: boolean
}
type Refused = Extract<ClaimResult, { ok: false }>

/** The connections of each user, each with a lease. */
export class RouteTable {
  readonly #now: () => number
  readonly #ofUser = new Map<string, Map<string, LeasedRoute>>()

  constructor(now: () => number) {
    this.#now = now
  }

  claim(claim: RouteClaim): { ok: true; replaced: Route | null } | Refused {
    const route = toRoute(claim)
    // A claim that is repeated after a lost answer must neither count nor replace itself.
    const others = this.#live(claim.username).filter(
      (other) => other.route.connectionId !== claim.connectionId,
    )
    const replaced = others.find((other) => replaces(claim, route, other.route)) ?? null
    const counted = others.filter((other) => other !== replaced && !other.draining)
    const refusal = overLimit(
      claim,
      route,
      counted.map((other) => other.route),
    )
    if (refusal !== null) return refusal
    if (replaced !== null) this.release(claim.username, replaced.route.connectionId)
    this.#put(claim.username, route, false)
    return { ok: true, replaced: replaced?.route ?? null }
  }

  renew({ username, connectionId, serverId, deviceId, session, heardAtMs }: RenewedRoute): void {
    const known = this.#ofUser.get(username)?.get(connectionId)
    const heard = Math.max(heardAtMs, known?.route.heardAtMs ?? 0)
    this.#put(
      username,
      { connectionId, serverId, deviceId, session, heardAtMs: heard },
      known?.draining ?? false,
    )
  }

  release(username: string, connectionId: string): void {
    const routes = this.#ofUser.get(username)
    routes?.delete(connectionId)
    if (routes?.size === 0) this.#ofUser.delete(username)
  }

  drain(serverId: string): void {
    for (const routes of this.#ofUser.values()) {
      for (const leased of routes.values()) {
        if (leased.route.serverId === serverId) leased.draining = true
      }
    }
  }

  forgetServer(serverId: string): void {
    this.#releaseWhere((leased) => leased.route.serverId === serverId)
  }

  routesOf(username: string): Route[] {
    return this.#live(username).map((leased) => leased.route)
  }

  sweep(): void {
    this.#releaseWhere((leased) => leased.endsMs <= this.#now())
  }

  clear(): void {
    this.#ofUser.clear()
  }

  #live(username: string): LeasedRoute[] {
    const routes = this.#ofUser.get(username)?.values() ?? []
    return [...routes].filter((leased) => leased.endsMs > this.#now())
  }

  #put(username: string, route: Route, draining: boolean): void {
    let routes = this.#ofUser.get(username)
    if (routes === undefined) this.#ofUser.set(username, (routes = new Map()))
    routes.set(route.connectionId, { route, draining, endsMs: this.#now() + leaseMs })
  }

  #releaseWhere(gone: (leased: LeasedRoute) => boolean): void {
    for (const [username, routes] of this.#ofUser) {
      for (const [connectionId, leased] of routes) {
        if (gone(leased)) this.release(username, connectionId)
      }
    }
  }
}

/**
 * The stored route shows which parts the client had named. Renewals after a loss carry nothing
 * else.
 */
function toRoute({
  connectionId,
  serverId,
  deviceId,
  session,
  heardAtMs,
  named,
}: RouteClaim): Route {
  return {
    connectionId,
    serverId,
    deviceId: named.device ? deviceId : unnamedDeviceId(connectionId),
    session: named.session ? session : null,
    heardAtMs,
  }
}

function replaces({ named }: RouteClaim, route: Route, older: Route): boolean {
  if (named.device) return older.deviceId === route.deviceId && older.session === route.session
  const olderIsNamed = older.deviceId !== unnamedDeviceId(older.connectionId)
  return named.session && !olderIsNamed && older.session === route.session
}

function overLimit(
  { maxDevices, maxSockets }: RouteClaim,
  { deviceId }: Route,
  counted: readonly Route[],
): Refused | null {
  const devices = new Set(counted.map((other) => other.deviceId))
  if (!devices.has(deviceId) && devices.size >= maxDevices)
    return { ok: false, limit: 'devices', counted }
  return counted.length >= maxSockets ? { ok: false, limit: 'sockets', counted } : null
}

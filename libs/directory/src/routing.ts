/**
 * Routing: which user is on which server, which server wants which channel, and each channel's
 * head. Soft state: all of it may vanish at any time, costs a few seconds of latency then, and is
 * rebuilt by those who hold the facts. Each method is one atomic step. Every method rejects with
 * DirectoryError `unavailable` within 500 ms when the engine is away.
 */
export interface Routing {
  // ── servers: a lease decides who is routed to, not discovery ──

  /**
   * Renews the lease of a process that takes pushes (chat server, api, presence). Gone after
   * `leaseMs` (15 s).
   */
  renewServer(serverId: string): Promise<void>
  forgetServer(serverId: string): Promise<void>
  /** Those with a live lease. */
  servers(): Promise<string[]>

  // ── channels ──

  /**
   * The dispatcher's step: per channel head = max by (epoch, seq); for each changed user a new
   * random version; the partition's freshness key is set for 5 s unless a higher generation holds
   * it. Answers with who must be told, read in the same step.
   */
  advance(step: AdvanceStep): Promise<Audience>
  /**
   * A server's step: adds its interest and reads the heads. Either the server is in the audience of
   * an event's `advance`, or it reads a head that includes the event. Repeating it is harmless; it
   * is also how heads are re-read.
   */
  addInterest(
    serverId: string,
    channels: readonly InterestIn[],
  ): Promise<ReadonlyMap<string, HeadView>>
  dropInterest(serverId: string, channelIds: readonly string[]): Promise<void>
  /** Servers with a live lease that want the channel. */
  interested(channelId: string): Promise<string[]>
  /**
   * Puts in the head of the channel row where there is none (`expected` null), or in place of one
   * that no row bears out: compare-and-set on what was read.
   */
  correctHead(channelId: string, expected: Head | null, right: Head | null): Promise<void>

  // ── users ──

  /**
   * Registers a connection and reads the user's version in one step; replaces an older connection
   * of the same `deviceId` and `session`, and enforces the limits. Draining servers' routes and
   * expired ones do not count.
   */
  claimRoute(claim: RouteClaim): Promise<ClaimResult>
  /**
   * Extends leases of connections heard since; unknown ones are registered anew, without a limit
   * check.
   */
  renewRoutes(routes: readonly RenewedRoute[]): Promise<void>
  /** Removes the route if it is still this connection's. */
  releaseRoute(username: string, connectionId: string): Promise<void>
  /** The connection stays served, but counts no more against the limits. */
  drainRoutes(serverId: string): Promise<void>
  routesOf(usernames: readonly string[]): Promise<ReadonlyMap<string, readonly Route[]>>
  /**
   * Random token per user, set anew whenever the user's set of channels changes; null when unknown.
   */
  versions(usernames: readonly string[]): Promise<ReadonlyMap<string, string | null>>
  /** Sets a version where there is none, so that the next read need not go to the store again. */
  proposeVersions(versions: ReadonlyMap<string, string>): Promise<void>

  /**
   * Fires after every gap in the connection and when the engine came back empty: re-register,
   * re-read heads.
   */
  onLost(listener: () => void): () => void
  close(): Promise<void>
}

export interface Head {
  epoch: number
  seq: number
}
export interface AdvanceStep {
  partition: number
  generation: number
  /** False while the dispatcher owes heads of this partition: freshness is not renewed then. */
  fresh: boolean
  heads: readonly (Head & { channelId: string })[]
  changedUsers: readonly string[]
}
export interface Audience {
  interested: ReadonlyMap<string, readonly string[]>
  routes: ReadonlyMap<string, readonly Route[]>
}
export interface InterestIn {
  channelId: string
  partition: number
}
export interface HeadView {
  /** Null: unknown here, the channel row decides. */
  head: Head | null
  /** Whether the dispatcher of the channel's partition vouched for its heads within 5 s. */
  fresh: boolean
}
export interface Route {
  connectionId: string
  serverId: string
  /** See {@link unnamedDeviceId} for when the client named none. */
  deviceId: string
  /** Null when the client gave none. */
  session: string | null
  heardAtMs: number
}
export interface RouteClaim extends Route {
  username: string
  /** What the client named itself; what it did not is stored as `unnamedDeviceId` and null. */
  named: { device: boolean; session: boolean }
  maxDevices: number
  maxSockets: number
}
export interface RenewedRoute extends Route {
  username: string
}
export type ClaimResult =
  | { ok: true; replaced: Route | null; version: string | null }
  /**
   * `counted`: the routes that fill the limit, to be probed: the refusal is final only if each was
   * heard after the claim.
   */
  | { ok: false; limit: 'devices' | 'sockets'; counted: readonly Route[] }

/** Without a name each socket is a device of its own. */
export function unnamedDeviceId(connectionId: string): string {
  return `_${connectionId}`
}

export const leaseMs = 15_000
export const freshnessMs = 5_000

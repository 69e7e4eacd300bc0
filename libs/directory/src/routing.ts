/**
 * Routing: the servers of each user, the servers that want each channel, and each channel's head.
 * Soft state: all of it may vanish at any time. That costs a few seconds of latency, and the
 * processes that hold the facts rebuild it. Each method is one atomic step. Every method rejects
 * with DirectoryError `unavailable` within 500 ms when the engine is away.
 */
export interface Routing {
  // ── servers: a lease decides who is routed to, not discovery ──

  /**
   * Renews the lease of a process that takes pushes (chat server, api, presence). It ends after
   * `leaseMs` (15 s). Example: a chat server renews every 5 s; 15 s after it was killed, no push is
   * sent to it any more.
   */
  renewServer(serverId: string): Promise<void>
  forgetServer(serverId: string): Promise<void>
  /** The servers with a live lease. */
  servers(): Promise<string[]>

  // ── channels ──

  /**
   * The dispatcher's step, after the events of a turn are stored:
   * 1. sets each channel's head to the maximum by (epoch, seq),
   * 2. gives each changed user a new random version,
   * 3. marks the partition as fresh for 5 s, unless a higher generation holds the mark,
   * 4. returns the servers to which the dispatcher must push.
   *
   * Example of 3: a dispatcher of generation 7 was paused while one of generation 8 took the
   * partition over. The late `advance` of 7 does not renew the mark of 8.
   */
  advance(step: AdvanceStep): Promise<Audience>
  /**
   * A chat server's step: adds its interest and reads the heads. Either the server is in the
   * audience of an event's `advance`, or it reads a head that includes the event. A repeated call
   * changes nothing and reads the heads again.
   */
  addInterest(
    serverId: string,
    channels: readonly InterestIn[],
  ): Promise<ReadonlyMap<string, HeadView>>
  dropInterest(serverId: string, channelIds: readonly string[]): Promise<void>
  /** The servers with a live lease that want the channel. */
  interested(channelId: string): Promise<string[]>
  /**
   * Replaces the head `expected` by `right`, the head of the channel row; does nothing if another
   * head is stored by now. `expected` is null if no head was known, or else a head that no row
   * supports.
   */
  correctHead(channelId: string, expected: Head | null, right: Head | null): Promise<void>

  // ── users ──

  /**
   * Registers a connection and reads the user's version in one step. It replaces an older
   * connection of the same `deviceId` and `session`, and enforces the limits. Routes of draining
   * servers, and expired ones, do not count.
   */
  claimRoute(claim: RouteClaim): Promise<ClaimResult>
  /**
   * Extends the leases of connections that gave a sign of life since the last renewal. Unknown
   * routes are registered again, without a check of the limits.
   */
  renewRoutes(routes: readonly RenewedRoute[]): Promise<void>
  /** Removes the route of this connection, if it exists. */
  releaseRoute(username: string, connectionId: string): Promise<void>
  /** The server drains: its connections still get pushes, but do not count against the limits. */
  drainRoutes(serverId: string): Promise<void>
  routesOf(usernames: readonly string[]): Promise<ReadonlyMap<string, readonly Route[]>>
  /**
   * A random token for each user, replaced whenever the user's set of channels changes; null if
   * unknown.
   */
  versions(usernames: readonly string[]): Promise<ReadonlyMap<string, string | null>>
  /** Sets the version of each user who has none, so that the next read does not need the store. */
  proposeVersions(versions: ReadonlyMap<string, string>): Promise<void>

  /**
   * Calls the listener after every gap in the connection, and when the engine came back empty. The
   * caller registers again and reads the heads again.
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
  /** False while the dispatcher owes heads of this partition. Then freshness is not renewed. */
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
  /** Null: the directory does not know it, so the channel row decides. */
  head: Head | null
  /**
   * True if the dispatcher of the channel's partition vouched for its heads within the last 5 s.
   */
  fresh: boolean
}
export interface Route {
  connectionId: string
  serverId: string
  /** `unnamedDeviceId` if the client named none. */
  deviceId: string
  /** Null if the client named none. */
  session: string | null
  heardAtMs: number
}
export interface RouteClaim extends Route {
  username: string
  /** The parts that the client named. The others are stored as `unnamedDeviceId` and null. */
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
   * `counted`: the routes that fill the limit. They are probed, because the refusal is final only
   * if each of them was heard after the claim.
   */
  | { ok: false; limit: 'devices' | 'sockets'; counted: readonly Route[] }

/** Each socket without a deviceId is a device of its own. */
export function unnamedDeviceId(connectionId: string): string {
  return `_${connectionId}`
}

/** How long a server, a route or a report counts after its last renewal. */
export const leaseMs = 15_000
/** How long heads count as complete after the dispatcher's last `fresh` step. */
export const freshnessMs = 5_000

import { type PresenceReport, seenEveryMs } from '../presence-board.ts'
import { leaseMs } from '../routing.ts'
import { BoundedMap } from './bounded-map.ts'

const maxRemembered = 200_000

interface LeasedReport {
  username: string
  serverId: string
  connected: boolean
  endsMs: number
}

/**
 * The latest report of each (server, user), each with a lease, and the last time at which each user
 * was reported as connected.
 */
export class ReportTable {
  readonly #now: () => number
  /** In the order of the last reports, so the expired ones come first. */
  readonly #reports = new Map<string, LeasedReport>()
  readonly #ofUser = new Map<string, Map<string, LeasedReport>>()
  readonly #lastConnectedMs = new BoundedMap<string, number>(maxRemembered)

  constructor(now: () => number) {
    this.#now = now
  }

  /** @returns true if the report says something new */
  put(serverId: string, { username, connected, atMs }: PresenceReport): boolean {
    const key = JSON.stringify([serverId, username])
    const before = this.#reports.get(key)
    const renews = before?.connected === connected && before.endsMs > this.#now()
    const report = { username, serverId, connected, endsMs: this.#now() + leaseMs }
    this.#reports.delete(key)
    this.#reports.set(key, report)
    let reports = this.#ofUser.get(username)
    if (reports === undefined) this.#ofUser.set(username, (reports = new Map()))
    reports.set(serverId, report)
    if (!connected) return !renews
    const seenMs = this.lastConnectedMs(username) ?? 0
    const lastMs = Math.max(atMs, seenMs)
    this.#lastConnectedMs.set(username, lastMs)
    return !renews || Math.floor(lastMs / seenEveryMs) !== Math.floor(seenMs / seenEveryMs)
  }

  connected(username: string): boolean {
    const reports = this.#ofUser.get(username)?.values() ?? []
    return [...reports].some((report) => report.connected && report.endsMs > this.#now())
  }

  lastConnectedMs(username: string): number | null {
    return this.#lastConnectedMs.get(username) ?? null
  }

  usernames(): Iterable<string> {
    return this.#ofUser.keys()
  }

  /** Removes the expired reports. @returns their users */
  takeExpired(): string[] {
    const usernames: string[] = []
    for (const [key, { username, serverId, endsMs }] of this.#reports) {
      if (endsMs > this.#now()) break
      this.#reports.delete(key)
      const reports = this.#ofUser.get(username)
      reports?.delete(serverId)
      if (reports?.size === 0) this.#ofUser.delete(username)
      usernames.push(username)
    }
    return usernames
  }
}

import type { PresenceUpdate } from '@rookery/domain'
import { steadyNow } from '@rookery/service-kit'
import type { Choice, PresenceBoard, PresenceFacts, PresenceReport } from '../presence-board.ts'
import { BoundedMap } from './bounded-map.ts'
import { ReportTable } from './report-table.ts'
import { WatchTable } from './watch-table.ts'

const maxRemembered = 200_000
const sweepEveryMs = 1_000

export function createEmbeddedPresenceBoard({
  now = steadyNow,
}: { now?: () => number } = {}): PresenceBoard {
  return new InProcessPresenceBoard(now)
}

class InProcessPresenceBoard implements PresenceBoard {
  readonly #reports: ReportTable
  readonly #watches: WatchTable
  readonly #choices = new BoundedMap<string, Choice>(maxRemembered)
  readonly #published = new BoundedMap<string, PresenceUpdate>(maxRemembered)
  readonly #changed = new Set<string>()
  readonly #listeners = new Set<() => void>()
  readonly #sweeper: NodeJS.Timeout
  #notifying: NodeJS.Immediate | null = null

  constructor(now: () => number) {
    this.#reports = new ReportTable(now)
    this.#watches = new WatchTable(now)
    this.#sweeper = setInterval(() => this.#sweep(), sweepEveryMs)
    this.#sweeper.unref()
  }

  async report(serverId: string, reports: readonly PresenceReport[]): Promise<void> {
    this.#sweep()
    const news = reports.filter((report) => this.#reports.put(serverId, report))
    this.#markChanged(news.map((report) => report.username))
  }

  async choose(username: string, { status, text, atMs }: Choice): Promise<void> {
    const earlier = this.#choices.get(username)
    if (earlier !== undefined && earlier.atMs >= atMs) return
    this.#choices.set(username, { status, text, atMs })
    this.#markChanged([username])
  }

  async choices(usernames: readonly string[]): Promise<ReadonlyMap<string, Choice>> {
    const found = new Map<string, Choice>()
    for (const username of usernames) {
      const choice = this.#choices.get(username)
      if (choice !== undefined) found.set(username, choice)
    }
    return found
  }

  async watch(serverId: string, usernames: readonly string[], replace: boolean): Promise<void> {
    this.#watches.watch(serverId, usernames, replace)
  }

  async unwatch(serverId: string, usernames: readonly string[]): Promise<void> {
    this.#watches.unwatch(serverId, usernames)
  }

  async watchers(usernames: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    return new Map(usernames.map((username) => [username, this.#watches.watchers(username)]))
  }

  async takeChanged(limit: number): Promise<string[]> {
    this.#sweep()
    const taken: string[] = []
    for (const username of this.#changed) {
      if (taken.length >= limit) break
      this.#changed.delete(username)
      taken.push(username)
    }
    if (this.#changed.size > 0) this.#notifySoon()
    return taken
  }

  async markAllChanged(): Promise<void> {
    this.#markChanged(this.#reports.usernames())
    for (const { userId, status } of this.#published.values()) {
      if (status !== 'offline') this.#markChanged([userId])
    }
  }

  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async facts(usernames: readonly string[]): Promise<ReadonlyMap<string, PresenceFacts>> {
    return new Map(
      usernames.map((username) => [
        username,
        {
          connected: this.#reports.connected(username),
          lastConnectedMs: this.#reports.lastConnectedMs(username),
          choice: this.#choices.get(username) ?? null,
        },
      ]),
    )
  }

  async publish(updates: readonly PresenceUpdate[]): Promise<void> {
    for (const update of updates) this.#published.set(update.userId, update)
  }

  async read(usernames: readonly string[]): Promise<ReadonlyMap<string, PresenceUpdate>> {
    return new Map(
      usernames.map((userId) => [
        userId,
        this.#published.get(userId) ?? { userId, status: 'offline', lastSeen: null },
      ]),
    )
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper)
    if (this.#notifying !== null) clearImmediate(this.#notifying)
    this.#listeners.clear()
  }

  #sweep(): void {
    this.#watches.sweep()
    this.#markChanged(this.#reports.takeExpired())
  }

  #markChanged(usernames: Iterable<string>): void {
    for (const username of usernames) {
      this.#changed.add(username)
      this.#notifySoon()
    }
  }

  #notifySoon(): void {
    this.#notifying ??= setImmediate(() => {
      this.#notifying = null
      for (const listener of this.#listeners) listener()
    })
  }
}

import { leaseMs } from '../routing.ts'

/**
 * The servers that want pushes about each user. The whole set of a server expires if it is not
 * renewed.
 */
export class WatchTable {
  readonly #now: () => number
  readonly #ofServer = new Map<string, { watched: Set<string>; endsMs: number }>()
  readonly #serversOf = new Map<string, Set<string>>()

  constructor(now: () => number) {
    this.#now = now
  }

  watch(serverId: string, usernames: readonly string[], replace: boolean): void {
    if (replace || !this.#lives(serverId)) this.#forget(serverId)
    const watched = this.#ofServer.get(serverId)?.watched ?? new Set<string>()
    this.#ofServer.set(serverId, { watched, endsMs: this.#now() + leaseMs })
    for (const username of usernames) {
      watched.add(username)
      let servers = this.#serversOf.get(username)
      if (servers === undefined) this.#serversOf.set(username, (servers = new Set()))
      servers.add(serverId)
    }
  }

  unwatch(serverId: string, usernames: Iterable<string>): void {
    for (const username of usernames) {
      this.#ofServer.get(serverId)?.watched.delete(username)
      const servers = this.#serversOf.get(username)
      servers?.delete(serverId)
      if (servers?.size === 0) this.#serversOf.delete(username)
    }
  }

  watchers(username: string): string[] {
    return [...(this.#serversOf.get(username) ?? [])].filter((serverId) => this.#lives(serverId))
  }

  sweep(): void {
    for (const serverId of this.#ofServer.keys()) {
      if (!this.#lives(serverId)) this.#forget(serverId)
    }
  }

  #forget(serverId: string): void {
    this.unwatch(serverId, [...(this.#ofServer.get(serverId)?.watched ?? [])])
    this.#ofServer.delete(serverId)
  }

  #lives(serverId: string): boolean {
    return (this.#ofServer.get(serverId)?.endsMs ?? 0) > this.#now()
  }
}

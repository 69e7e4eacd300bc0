import { leaseMs } from '../routing.ts'

/** The live servers, and the channels that each of them wants. */
export class InterestTable {
  readonly #now: () => number
  readonly #leaseEnds = new Map<string, number>()
  readonly #serversOf = new Map<string, Set<string>>()
  readonly #channelsOf = new Map<string, Set<string>>()

  constructor(now: () => number) {
    this.#now = now
  }

  renew(serverId: string): void {
    this.#leaseEnds.set(serverId, this.#now() + leaseMs)
  }

  forget(serverId: string): void {
    this.#leaseEnds.delete(serverId)
    this.drop(serverId, [...(this.#channelsOf.get(serverId) ?? [])])
  }

  servers(): string[] {
    return [...this.#leaseEnds.keys()].filter((serverId) => this.#lives(serverId))
  }

  add(serverId: string, channelIds: readonly string[]): void {
    for (const channelId of channelIds) {
      entry(this.#serversOf, channelId).add(serverId)
      entry(this.#channelsOf, serverId).add(channelId)
    }
  }

  drop(serverId: string, channelIds: readonly string[]): void {
    for (const channelId of channelIds) {
      removeFrom(this.#serversOf, channelId, serverId)
      removeFrom(this.#channelsOf, serverId, channelId)
    }
  }

  interested(channelId: string): string[] {
    return [...(this.#serversOf.get(channelId) ?? [])].filter((serverId) => this.#lives(serverId))
  }

  /** Forgets servers without a lease. */
  sweep(): void {
    // Some servers never took a lease.
    for (const serverId of new Set([...this.#leaseEnds.keys(), ...this.#channelsOf.keys()])) {
      if (!this.#lives(serverId)) this.forget(serverId)
    }
  }

  clear(): void {
    this.#leaseEnds.clear()
    this.#serversOf.clear()
    this.#channelsOf.clear()
  }

  #lives(serverId: string): boolean {
    return (this.#leaseEnds.get(serverId) ?? 0) > this.#now()
  }
}

function entry(sets: Map<string, Set<string>>, key: string): Set<string> {
  let set = sets.get(key)
  if (set === undefined) sets.set(key, (set = new Set()))
  return set
}

function removeFrom(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key)
  set?.delete(value)
  if (set?.size === 0) sets.delete(key)
}

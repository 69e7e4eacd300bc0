import type { CassandraSession } from './cassandra-session.ts'

const maxRemembered = 50_000
/**
 * A count of fewer rows costs no more than other reads, so it is never cached. A new member of a
 * small channel is counted at once.
 */
const smallCount = 500
const maxFreshMs = 60_000
const freshMsPerMember = 1

interface Remembered {
  count: number
  endsMs: number
}

/**
 * The number of members of each channel. A count reads all members of the channel on the node. The
 * count of a large channel is cached for one millisecond per member, at most 60 s, so that counting
 * takes a bounded part of the time. Example: the count of 5,000 members is cached for 5 s. This
 * process counts its own writes at once. Writes of other processes to a large channel are counted
 * when the cached count expires.
 */
export class MemberCounts {
  readonly #cassandra: CassandraSession
  readonly #now: () => number
  readonly #remembered = new Map<string, Remembered>()
  /** Rises with every write, so that a count that began before it is not cached. */
  #writes = 0

  constructor(cassandra: CassandraSession, now: () => number = () => performance.now()) {
    this.#cassandra = cassandra
    this.#now = now
  }

  async of(channelIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>()
    const unknown: string[] = []
    for (const channelId of channelIds) {
      const remembered = this.#remembered.get(channelId)
      if (remembered !== undefined && remembered.endsMs > this.#now())
        counts.set(channelId, remembered.count)
      else unknown.push(channelId)
    }
    const writes = this.#writes
    await Promise.all(
      unknown.map(async (channelId) => {
        const count = await this.#count(channelId)
        counts.set(channelId, count)
        if (writes === this.#writes) this.#remember(channelId, count)
      }),
    )
    return counts
  }

  forget(channelIds: Iterable<string>): void {
    this.#writes += 1
    for (const channelId of channelIds) this.#remembered.delete(channelId)
  }

  async #count(channelId: string): Promise<number> {
    const row = await this.#cassandra.first<{ members: bigint }>(
      'SELECT count(*) AS members FROM members WHERE channel_id = ? AND present = true ALLOW FILTERING',
      channelId,
    )
    return Number(row?.members ?? 0)
  }

  #remember(channelId: string, count: number): void {
    if (count < smallCount) return
    const freshMs = Math.min(count * freshMsPerMember, maxFreshMs)
    this.#remembered.delete(channelId)
    this.#remembered.set(channelId, { count, endsMs: this.#now() + freshMs })
    if (this.#remembered.size <= maxRemembered) return
    const [oldest] = this.#remembered.keys()
    if (oldest !== undefined) this.#remembered.delete(oldest)
  }
}

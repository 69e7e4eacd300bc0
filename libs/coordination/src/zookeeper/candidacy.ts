import { randomUUID } from 'node:crypto'
import type { Directory } from './directory.ts'
import { Reconciler } from '@rookery/service-kit'
import type { ZooKeeperClient } from '@rookery/zookeeper-client'

const standAgainAfterMs = 1_000

/**
 * Stands in an election: candidates queue up as ephemeral nodes with running numbers, the first one
 * leads, and each watches only the one before it, so a change wakes one and not all.
 * https://zookeeper.apache.org/doc/r3.9.4/recipes.html#sc_leaderElection
 */
export class Candidacy {
  readonly #directory: Directory
  readonly #candidate: string
  readonly #lead: (signal: AbortSignal) => Promise<void>
  readonly #client: () => ZooKeeperClient
  readonly #owner: string = randomUUID()
  readonly #reconciler: Reconciler
  /** Its place in the queue, and the session that holds it. */
  #place: { znode: string; client: ZooKeeperClient } | null = null
  #leadership: { stop: AbortController; ended: Promise<void> } | null = null
  #resting: NodeJS.Timeout | null = null
  #standing = true
  #gone = false

  constructor(
    directory: Directory,
    candidate: string,
    lead: (signal: AbortSignal) => Promise<void>,
    client: () => ZooKeeperClient,
  ) {
    this.#directory = directory
    this.#candidate = candidate
    this.#lead = lead
    this.#client = client
    this.#reconciler = new Reconciler(() => this.#reconcile(), { onError: () => undefined })
  }

  /** A failure does not matter: there will be another reason to look. */
  readonly look = (): void => this.#reconciler.poke()

  /** Whether there is nothing left to look at: it has stood down, and its place is free. */
  get gone(): boolean {
    return this.#gone
  }

  start(): Promise<void> {
    return this.#reconciler.run()
  }

  /** Another may lead soon, whether or not this one has noticed. */
  lost(): void {
    this.#leadership?.stop.abort()
  }

  /** Resolves when `lead` has ended. Its place is freed then, or when ZooKeeper is back. */
  async standDown(): Promise<void> {
    this.#standing = false
    this.#leadership?.stop.abort()
    if (this.#resting !== null) clearTimeout(this.#resting)
    await this.#leadership?.ended
    await this.#reconciler.run().catch(() => undefined)
  }

  async #reconcile(): Promise<void> {
    // Until a former leader has ended, it keeps its place, so that no other begins.
    if (this.#resting !== null && this.#standing) return
    const client = this.#client()
    const queue = await this.#directory.list(client)
    const own = queue.filter(({ owner }) => owner === this.#owner)
    const place = this.#place?.client === client ? this.#place.znode : null
    if (this.#leadership !== null) {
      // It was removed by somebody, or belongs to a session that is over.
      if (!own.some(({ znode }) => znode === place)) this.#leadership.stop.abort()
      return
    }
    // Left by an earlier session or leadership, or by a request whose answer was lost.
    const stale = own.filter(({ znode }) => znode !== place || !this.#standing)
    await this.#directory.remove(client, stale)
    if (this.#standing) await this.#queueUp(client, place)
    else this.#gone = true
  }

  async #queueUp(client: ZooKeeperClient, known: string | null): Promise<void> {
    const directory = this.#directory
    let place = known
    for (;;) {
      const queue = await directory.list(client)
      const index = queue.findIndex(({ znode }) => znode === place)
      if (index === 0) return this.#beginToLead()
      const before = queue[index - 1]
      if (index < 0) {
        place = await directory.add(client, this.#candidate, this.#owner, '')
        this.#place = { znode: place, client }
      } else if (before !== undefined) {
        // Reading is watching; null: it has gone since it was listed.
        if ((await directory.getData(client, before.znode, this.look)) !== null) return
      }
    }
  }

  #beginToLead(): void {
    if (!this.#standing || this.#leadership !== null) return
    const stop = new AbortController()
    this.#leadership = { stop, ended: this.#runLead(stop.signal) }
  }

  async #runLead(signal: AbortSignal): Promise<void> {
    // Begins after the call that elected it has returned.
    await Promise.resolve()
    // Why it gave up is the leader's to report; here it only means that leadership is free again.
    if (!signal.aborted) await this.#lead(signal).catch(() => undefined)
    this.#leadership = null
    this.#place = null
    if (!this.#standing) return
    // Frees its place, then rests, so that others come first.
    this.#resting = setTimeout(() => {
      this.#resting = null
      this.look()
    }, standAgainAfterMs)
    await this.#leave().catch(() => undefined)
  }

  async #leave(): Promise<void> {
    const client = this.#client()
    const queue = await this.#directory.list(client)
    const own = queue.filter(({ owner }) => owner === this.#owner)
    await this.#directory.remove(client, own)
  }
}

import { randomUUID } from 'node:crypto'
import type { Directory } from './directory.ts'
import { Reconciler } from '@rookery/service-kit'
import type { ZooKeeperClient } from '@rookery/zookeeper-client'

const standAgainAfterMs = 1_000

/**
 * Stands in an election. Its life:
 * 1. Candidates queue up as ephemeral nodes with running numbers. Each watches only the node before
 *    it, so that a change wakes one candidate and not all.
 * 2. The first candidate in the queue leads. It keeps its node until `lead` has ended, so that no
 *    other begins before.
 * 3. When `lead` has ended, it removes its node, rests for a second and queues up again, behind the
 *    others.
 * 4. After `standDown` it removes its node, at the latest when ZooKeeper is back.
 *
 * https://zookeeper.apache.org/doc/r3.9.4/recipes.html#sc_leaderElection
 */
export class Candidacy {
  readonly #directory: Directory
  readonly #candidate: string
  readonly #lead: (signal: AbortSignal) => Promise<void>
  readonly #client: () => ZooKeeperClient
  readonly #owner: string = randomUUID()
  readonly #reconciler: Reconciler
  /** The node of this candidate in the queue, and the ZooKeeper session that owns it. */
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

  /** Reads the queue again. A failure does not matter, because there will be another call. */
  readonly look = (): void => this.#reconciler.poke()

  /** Whether this candidate has stood down, and its node is removed. */
  get gone(): boolean {
    return this.#gone
  }

  start(): Promise<void> {
    return this.#reconciler.run()
  }

  /** Call when the session is lost: another candidate may lead soon, so this one must stop. */
  lost(): void {
    this.#leadership?.stop.abort()
  }

  /** Resolves when `lead` has ended. The node is removed then, or when ZooKeeper is back. */
  async standDown(): Promise<void> {
    this.#standing = false
    this.#leadership?.stop.abort()
    if (this.#resting !== null) clearTimeout(this.#resting)
    await this.#leadership?.ended
    await this.#reconciler.run().catch(() => undefined)
  }

  async #reconcile(): Promise<void> {
    // After leading, a candidate rests before it queues up again.
    if (this.#resting !== null && this.#standing) return
    const client = this.#client()
    const queue = await this.#directory.list(client)
    const own = queue.filter(({ owner }) => owner === this.#owner)
    const place = this.#place?.client === client ? this.#place.znode : null
    if (this.#leadership !== null) {
      // The node was removed by another client, or with an earlier session.
      if (!own.some(({ znode }) => znode === place)) this.#leadership.stop.abort()
      return
    }
    // Nodes of an earlier session or leadership, or of a request whose answer was lost.
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
        // The reading sets a watch. Null: the node has vanished since it was listed.
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
    // The leader itself reports its errors. Here a rejection only releases the leadership.
    if (!signal.aborted) await this.#lead(signal).catch(() => undefined)
    this.#leadership = null
    this.#place = null
    if (!this.#standing) return
    // Removes the node and then rests, so that the others come first.
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

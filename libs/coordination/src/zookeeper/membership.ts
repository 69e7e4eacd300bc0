import { randomUUID } from 'node:crypto'
import type { Membership } from '../coordination.ts'
import type { Directory } from './directory.ts'
import { Reconciler } from '@rookery/service-kit'
import type { ZooKeeperClient } from '@rookery/zookeeper-client'

/**
 * One member of a group, as an ephemeral node. Each life of a member has a node of another name,
 * because the node of an earlier life may not have vanished yet. If a member has several nodes, the
 * last one counts, and the process that made it removes the others.
 */
export class ZooKeeperMembership implements Membership {
  readonly #directory: Directory
  readonly #member: string
  readonly #owner: string = randomUUID()
  readonly #client: () => ZooKeeperClient
  readonly #reconciler: Reconciler
  #desired: string | null
  /** The node that exists, and the ZooKeeper session that made it. */
  #present: { znode: string; data: string; client: ZooKeeperClient } | null = null
  #joined = false
  #superseded = false

  constructor(directory: Directory, member: string, data: string, client: () => ZooKeeperClient) {
    this.#directory = directory
    this.#member = member
    this.#desired = data
    this.#client = client
    this.#reconciler = new Reconciler(() => this.#reconcile(), { onError: () => undefined })
  }

  /** Corrects the node. A failure does not matter, because there will be another call. */
  readonly look = (): void => this.#reconciler.poke()

  /** Whether the member has left, and its node is removed. */
  get gone(): boolean {
    return this.#desired === null && this.#present === null
  }

  join(): Promise<void> {
    return this.#reconciler.run()
  }

  /** @throws CoordinationError `unavailable`: the data is written when ZooKeeper is back */
  async update(data: string): Promise<void> {
    if (this.#desired === null) return
    this.#desired = data
    await this.#reconciler.run()
  }

  /**
   * @throws CoordinationError `unavailable`: the member leaves when ZooKeeper is back, or with its
   * session
   */
  async leave(): Promise<void> {
    this.#desired = null
    await this.#reconciler.run()
  }

  async #reconcile(): Promise<void> {
    const client = this.#client()
    const desired = this.#desired
    if (this.#superseded) return
    if (desired === null) await this.#remove(client)
    else if (this.#present?.client === client) await this.#renew(desired)
    else await this.#register(client, desired)
  }

  async #renew(data: string): Promise<void> {
    const present = this.#present
    if (present === null || present.data === data) return
    if (await this.#directory.setData(present.client, present.znode, data)) present.data = data
    // Within its session, a node vanishes only if another member has taken the name.
    else this.#giveWay()
  }

  async #register(client: ZooKeeperClient, data: string): Promise<void> {
    const directory = this.#directory
    const named = (await directory.list(client)).filter(({ name }) => name === this.#member)
    const others = named.filter(({ owner }) => owner !== this.#owner)
    // The session was lost, and another member has taken the name meanwhile.
    if (this.#joined && others.length > 0) return this.#giveWay()
    const znode = await directory.add(client, this.#member, this.#owner, data)
    this.#present = { znode, data, client }
    this.#joined = true
    // Own nodes among these are from an earlier session, or from a request whose answer was lost.
    await directory.remove(client, named)
  }

  async #remove(client: ZooKeeperClient): Promise<void> {
    const listed = await this.#directory.list(client)
    const own = listed.filter(({ owner }) => owner === this.#owner)
    await this.#directory.remove(client, own)
    this.#present = null
  }

  #giveWay(): void {
    this.#superseded = true
    this.#desired = this.#present = null
  }
}

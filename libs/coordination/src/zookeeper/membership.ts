import { randomUUID } from 'node:crypto'
import type { Membership } from '../coordination.ts'
import type { Directory } from './directory.ts'
import { Reconciler } from '@rookery/service-kit'
import type { ZooKeeperClient } from '@rookery/zookeeper-client'

/**
 * One member of a group, as an ephemeral node with a name of its own (a name used again would be
 * taken for the node of an earlier life that is yet to vanish). Of several nodes with one member's
 * name the last one counts, and whoever makes it removes the others.
 */
export class ZooKeeperMembership implements Membership {
  readonly #directory: Directory
  readonly #member: string
  readonly #owner: string = randomUUID()
  readonly #client: () => ZooKeeperClient
  readonly #reconciler: Reconciler
  #wanted: string | null
  /** What is there, and the session that made it. */
  #present: { znode: string; data: string; client: ZooKeeperClient } | null = null
  #joined = false
  #superseded = false

  constructor(directory: Directory, member: string, data: string, client: () => ZooKeeperClient) {
    this.#directory = directory
    this.#member = member
    this.#wanted = data
    this.#client = client
    this.#reconciler = new Reconciler(() => this.#reconcile(), { onError: () => undefined })
  }

  /** A failure does not matter: there will be another reason to look. */
  readonly look = (): void => this.#reconciler.poke()

  /** Whether there is nothing left to look at. */
  get gone(): boolean {
    return this.#wanted === null && this.#present === null
  }

  join(): Promise<void> {
    return this.#reconciler.run()
  }

  /** @throws CoordinationError `unavailable`: it is put there when ZooKeeper is back */
  async update(data: string): Promise<void> {
    if (this.#wanted === null) return
    this.#wanted = data
    await this.#reconciler.run()
  }

  /**
   * @throws CoordinationError `unavailable`: it leaves when ZooKeeper is back, or with its session
   */
  async leave(): Promise<void> {
    this.#wanted = null
    await this.#reconciler.run()
  }

  async #reconcile(): Promise<void> {
    const client = this.#client()
    const wanted = this.#wanted
    if (this.#superseded) return
    if (wanted === null) await this.#remove(client)
    else if (this.#present?.client === client) await this.#renew(wanted)
    else await this.#register(client, wanted)
  }

  async #renew(data: string): Promise<void> {
    const present = this.#present
    if (present === null || present.data === data) return
    if (await this.#directory.setData(present.client, present.znode, data)) present.data = data
    // In its own session it goes only if another one took the name.
    else this.#giveWay()
  }

  async #register(client: ZooKeeperClient, data: string): Promise<void> {
    const directory = this.#directory
    const named = (await directory.list(client)).filter(({ name }) => name === this.#member)
    const others = named.filter(({ owner }) => owner !== this.#owner)
    // Its session was lost, and meanwhile the name was taken.
    if (this.#joined && others.length > 0) return this.#giveWay()
    const znode = await directory.add(client, this.#member, this.#owner, data)
    this.#present = { znode, data, client }
    this.#joined = true
    // Those of its own are of an earlier session, or of a request whose answer was lost.
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
    this.#wanted = this.#present = null
  }
}

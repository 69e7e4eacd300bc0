import { CoordinationError } from '../coordination.ts'
import type { ZooKeeperClient } from '@rookery/zookeeper-client'
import { parseZnodes, type ZnodeName, znodePrefix } from './znode-names.ts'

/** The nodes of one group or election. */
export class Directory {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /**
   * The nodes in the order in which they were made. Makes a missing directory. `onChange` is only a
   * hint to list again.
   */
  async list(client: ZooKeeperClient, onChange?: () => void): Promise<ZnodeName[]> {
    const children = await client.children(this.path, onChange)
    if (children !== null) return parseZnodes(children)
    await this.#make(client)
    return parseZnodes((await client.children(this.path, onChange)) ?? [])
  }

  /** Adds an ephemeral node. If this rejects, a node with this owner may exist all the same. */
  async add(client: ZooKeeperClient, name: string, owner: string, data: string): Promise<string> {
    const path = `${this.path}/${znodePrefix(name, owner)}`
    const made = await client.create(path, data, 'ephemeral_sequential')
    if (made !== null) return made.slice(this.path.length + 1)
    throw new CoordinationError('unavailable', `ZooKeeper has no node ${this.path}: it was removed`)
  }

  setData(client: ZooKeeperClient, znode: string, data: string): Promise<boolean> {
    return client.set(`${this.path}/${znode}`, data)
  }

  /** Null if the node is gone. `onChange` is a hint only. */
  async getData(
    client: ZooKeeperClient,
    znode: string,
    onChange: () => void,
  ): Promise<string | null> {
    const node = await client.get(`${this.path}/${znode}`, onChange)
    return node && (node.data?.toString() ?? '')
  }

  async remove(client: ZooKeeperClient, znodes: readonly ZnodeName[]): Promise<void> {
    await Promise.all(znodes.map(({ znode }) => client.remove(`${this.path}/${znode}`)))
  }

  async #make(client: ZooKeeperClient): Promise<void> {
    const names = this.path.split('/').slice(1)
    for (let depth = 1; depth <= names.length; depth += 1)
      await client.create(`/${names.slice(0, depth).join('/')}`, '')
  }
}

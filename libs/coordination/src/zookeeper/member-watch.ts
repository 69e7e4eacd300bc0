import type { Directory } from './directory.ts'
import { Reconciler } from '@rookery/service-kit'
import type { ZooKeeperClient } from '@rookery/zookeeper-client'

/**
 * Calls a listener with the members of a group. A watch of ZooKeeper is only a hint to read again:
 * it is lost with a connection, and fires once for many changes.
 */
export class MemberWatch {
  readonly #directory: Directory
  readonly #onChange: (members: ReadonlyMap<string, string>) => void
  readonly #client: () => ZooKeeperClient
  readonly #reconciler: Reconciler
  #shown: ReadonlyMap<string, string> | null = null
  #stopped = false

  constructor(
    directory: Directory,
    onChange: (members: ReadonlyMap<string, string>) => void,
    client: () => ZooKeeperClient,
  ) {
    this.#directory = directory
    this.#onChange = onChange
    this.#client = client
    this.#reconciler = new Reconciler(() => this.#read(), { onError: () => undefined })
  }

  /** Reads the group again. A failure does not matter, because there will be another call. */
  readonly look = (): void => this.#reconciler.poke()

  start(): Promise<void> {
    return this.#reconciler.run()
  }

  stop(): void {
    this.#stopped = true
  }

  async #read(): Promise<void> {
    if (this.#stopped) return
    const client = this.#client()
    const listed = await this.#directory.list(client, this.look)
    // A later node replaces an earlier one of the same name.
    const latest = new Map(listed.map(({ name, znode }) => [name, znode]))
    const read = [...latest].map(async ([name, znode]): Promise<[string, string | null]> => [
      name,
      await this.#directory.getData(client, znode, this.look),
    ])
    const members = new Map<string, string>()
    // A member without data has left since it was listed.
    for (const [name, data] of await Promise.all(read)) if (data !== null) members.set(name, data)
    if (this.#stopped || (this.#shown !== null && areEqual(this.#shown, members))) return
    this.#shown = members
    this.#onChange(members)
  }
}

function areEqual(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([name, data]) => b.get(name) === data)
}

import type { Directory } from './directory.ts'
import { Reconciler } from '@rookery/service-kit'
import type { ZooKeeperClient } from '@rookery/zookeeper-client'

/**
 * Tells a listener who is in a group. Watches are only hints to read again: they are lost with a
 * connection, and one is told of many changes.
 */
export class MemberWatch {
  readonly #directory: Directory
  readonly #onChange: (members: ReadonlyMap<string, string>) => void
  readonly #client: () => ZooKeeperClient
  readonly #reconciler: Reconciler
  #told: ReadonlyMap<string, string> | null = null
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

  /** A failure does not matter: there will be another reason to look. */
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
    // Later ones replace earlier ones of the same name.
    const latest = new Map(listed.map(({ name, znode }) => [name, znode]))
    const read = [...latest].map(async ([name, znode]): Promise<[string, string | null]> => [
      name,
      await this.#directory.getData(client, znode, this.look),
    ])
    const members = new Map<string, string>()
    // One without data left since it was listed.
    for (const [name, data] of await Promise.all(read)) if (data !== null) members.set(name, data)
    if (this.#stopped || (this.#told !== null && areEqual(this.#told, members))) return
    this.#told = members
    this.#onChange(members)
  }
}

function areEqual(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([name, data]) => b.get(name) === data)
}

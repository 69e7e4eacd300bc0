import { type Bridge, isWorkerId, type Registration } from '@rookery/bridge'
import type { Logger } from '@rookery/service-kit'
import type { Names } from './names.ts'

export interface RegistryDeps {
  bridge: Pick<Bridge, 'registrations'>
  names: Names
  logger: Logger
}

/** The registered workers and accounts. Only ids that are new are read. */
export class Registry {
  /** By id. Only workers that own their name. */
  readonly workers: Map<string, Registration> = new Map()
  readonly accounts: Map<string, Registration> = new Map()
  readonly #deps: RegistryDeps
  /** Ids in the registry that are not valid, or whose name belongs to another. Logged once. */
  readonly #ignored = new Set<string>()

  constructor(deps: RegistryDeps) {
    this.#deps = deps
  }

  /** `ids`: all ids of the registry. @returns known accounts that are no longer among them */
  async update(ids: ReadonlySet<string>): Promise<string[]> {
    const lost = [...this.accounts.keys()].filter((id) => !ids.has(id))
    for (const known of [this.workers, this.accounts, this.#ignored])
      for (const id of known.keys()) if (!ids.has(id)) known.delete(id)
    const unknown = [...ids].filter((id) => !this.#knows(id))
    if (unknown.length > 0) await this.#read(unknown)
    return lost
  }

  /** Reads the registration of an unknown id, which may have been registered a moment ago. */
  async isWorker(id: string): Promise<boolean> {
    if (isWorkerId(id) && !this.#knows(id)) await this.#read([id])
    return this.workers.has(id)
  }

  /** Forgets an id whose registration may have changed, so that it is read again. */
  forget(id: string): void {
    this.workers.delete(id)
    this.accounts.delete(id)
    this.#ignored.delete(id)
  }

  async #read(ids: readonly string[]): Promise<void> {
    for (const [id, registration] of await this.#deps.bridge.registrations(ids)) {
      if (registration.kind === 'account') this.accounts.set(id, registration)
      else if (await this.#isNamed(id)) this.workers.set(id, registration)
      else this.#ignored.add(id)
    }
  }

  #knows(id: string): boolean {
    return this.workers.has(id) || this.accounts.has(id) || this.#ignored.has(id)
  }

  /**
   * Gives a name to a worker that was registered by hand, or before the platform used this tree.
   */
  async #isNamed(id: string): Promise<boolean> {
    if (isWorkerId(id) && (await this.#deps.names.enroll(id)) === 'enrolled') return true
    this.#deps.logger.warn(
      { id },
      'an id in the registry is not valid, or its name is taken: ignored',
    )
    return false
  }
}

import { type Bridge, isWorkerId, type Registration } from '@rookery/bridge'
import type { Logger } from '@rookery/service-kit'
import type { Names } from './names.ts'

export interface RegistryDeps {
  bridge: Pick<Bridge, 'registrations'>
  names: Names
  logger: Logger
}

/** Who is registered, and as what. Read one by one when an id is new, for there may be many. */
export class Registry {
  /** By id; only those whose name is theirs. */
  readonly workers: Map<string, Registration> = new Map()
  readonly accounts: Map<string, Registration> = new Map()
  readonly #deps: RegistryDeps
  /** Ids in the registry that are nobody's: not told again. */
  readonly #strangers = new Set<string>()

  constructor(deps: RegistryDeps) {
    this.#deps = deps
  }

  /** Takes over what the registry holds now. @returns the accounts that it no longer holds */
  async take(ids: ReadonlySet<string>): Promise<string[]> {
    const lost = [...this.accounts.keys()].filter((id) => !ids.has(id))
    for (const known of [this.workers, this.accounts, this.#strangers])
      for (const id of known.keys()) if (!ids.has(id)) known.delete(id)
    const unknown = [...ids].filter((id) => !this.#knows(id))
    if (unknown.length > 0) await this.#read(unknown)
    return lost
  }

  /** Also of one who was registered a moment ago, when nobody has told of it yet. */
  async isWorker(id: string): Promise<boolean> {
    if (isWorkerId(id) && !this.#knows(id)) await this.#read([id])
    return this.workers.has(id)
  }

  /** What is known of an id is old: it is read again. */
  forget(id: string): void {
    this.workers.delete(id)
    this.accounts.delete(id)
    this.#strangers.delete(id)
  }

  async #read(ids: readonly string[]): Promise<void> {
    for (const [id, registration] of await this.#deps.bridge.registrations(ids)) {
      if (registration.kind === 'account') this.accounts.set(id, registration)
      else if (await this.#isNamed(id)) this.workers.set(id, registration)
      else this.#strangers.add(id)
    }
  }

  #knows(id: string): boolean {
    return this.workers.has(id) || this.accounts.has(id) || this.#strangers.has(id)
  }

  /** One that was registered by hand, or before the platform had this tree, gets its name now. */
  async #isNamed(id: string): Promise<boolean> {
    if (isWorkerId(id) && (await this.#deps.names.enroll(id)) === 'enrolled') return true
    this.#deps.logger.warn({ id }, 'the registry holds an id that cannot be: it is left alone')
    return false
  }
}

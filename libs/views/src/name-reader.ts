import type { Accounts } from '@rookery/accounts'
import { LRUCache } from 'lru-cache'
import { withTimeout } from '@rookery/service-kit'

type Names = ReadonlyMap<string, string>

const maxNames = 20_000
/** Nobody waits for accounts that are away. */
const withinMs = 1_000

/**
 * Looks display names up, as they are at the time of asking. What is asked for while a look-up is under way shares the next one, so that a
 * thousand users who come back at once do not read the names of their rooms a thousand times.
 */
export class NameReader {
  readonly #accounts: Pick<Accounts, 'findMany'>
  readonly #known = new LRUCache<string, string>({ max: maxNames })
  #last: Promise<unknown> = Promise.resolve()
  #next: { usernames: Set<string>; names: Promise<Names> } | null = null

  constructor(accounts: Pick<Accounts, 'findMany'>) {
    this.#accounts = accounts
  }

  /** While names cannot be looked up, those known from before, or the username. */
  async read(usernames: readonly string[]): Promise<Names> {
    if (usernames.length === 0) return new Map()
    const names = await withTimeout(this.#ask(usernames), withinMs, 'names').catch(
      () => this.#known,
    )
    return new Map(usernames.map((username) => [username, names.get(username) || username]))
  }

  #ask(usernames: readonly string[]): Promise<Names> {
    this.#next ??= this.#begin()
    for (const username of usernames) this.#next.usernames.add(username)
    return this.#next.names
  }

  #begin(): { usernames: Set<string>; names: Promise<Names> } {
    const usernames = new Set<string>()
    const names = this.#last.then(() => {
      this.#next = null
      return this.#lookUp([...usernames])
    })
    this.#last = names.catch(() => undefined)
    return { usernames, names }
  }

  async #lookUp(usernames: readonly string[]): Promise<Names> {
    const names = new Map<string, string>()
    for (const { username, displayName } of (await this.#accounts.findMany(usernames)).values())
      names.set(username, displayName)
    for (const [username, name] of names) this.#known.set(username, name)
    return names
  }
}

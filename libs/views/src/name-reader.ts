import type { Accounts } from '@rookery/accounts'
import { LRUCache } from 'lru-cache'
import { withTimeout } from '@rookery/service-kit'

export interface Person {
  displayName: string
  /** True if the account was deleted. Its display name stays. */
  deleted: boolean
}

type People = ReadonlyMap<string, Person>

const maxNames = 20_000
/** A view waits no longer for names, so that it can be shown while the accounts are away. */
const timeoutMs = 1_000

/**
 * Looks up display names. A look-up begins after the call, so a name is never older than the call
 * that returns it. Calls that come during a look-up share the next one. Example: when 1,000 users
 * of one channel reconnect together, its names are read a few times instead of 1,000 times.
 */
export class NameReader {
  readonly #accounts: Pick<Accounts, 'findMany'>
  readonly #known = new LRUCache<string, Person>({ max: maxNames })
  #last: Promise<unknown> = Promise.resolve()
  #next: { usernames: Set<string>; people: Promise<People> } | null = null

  constructor(accounts: Pick<Accounts, 'findMany'>) {
    this.#accounts = accounts
  }

  /** Never rejects. While the accounts are away, returns names read earlier, or the usernames. */
  async read(usernames: readonly string[]): Promise<People> {
    if (usernames.length === 0) return new Map()
    const people = await withTimeout(this.#join(usernames), timeoutMs, 'names').catch(
      () => this.#known,
    )
    return new Map(
      usernames.map((username) => {
        const { displayName = '', deleted = false } = people.get(username) ?? {}
        return [username, { displayName: displayName || username, deleted }]
      }),
    )
  }

  /** Adds the usernames to the next look-up. */
  #join(usernames: readonly string[]): Promise<People> {
    this.#next ??= this.#begin()
    for (const username of usernames) this.#next.usernames.add(username)
    return this.#next.people
  }

  #begin(): { usernames: Set<string>; people: Promise<People> } {
    const usernames = new Set<string>()
    const people = this.#last.then(() => {
      this.#next = null
      return this.#lookUp([...usernames])
    })
    this.#last = people.catch(() => undefined)
    return { usernames, people }
  }

  async #lookUp(usernames: readonly string[]): Promise<People> {
    const people = new Map<string, Person>()
    for (const account of (await this.#accounts.findMany(usernames)).values()) {
      const { username, displayName, state } = account
      people.set(username, { displayName, deleted: state === 'deleted' })
    }
    for (const [username, person] of people) this.#known.set(username, person)
    return people
  }
}

import type { Accounts } from '@rookery/accounts'

const pageSize = 1_000
/** What a username may hold, after its first character. */
const characters = 'abcdefghijklmnopqrstuvwxyz0123456789._-'.split('')

/**
 * The usernames of all active accounts that are no workers', page by page: a page that is full is
 * asked for again by longer prefixes.
 */
export async function* activeAccounts(
  accounts: Pick<Accounts, 'search'>,
  prefix = '',
): AsyncGenerator<string[]> {
  const found = await accounts.search(prefix, pageSize)
  if (found.length < pageSize) {
    yield found.flatMap(({ username, workerId }) => (workerId === undefined ? [username] : []))
    return
  }
  // The one that is named just like the prefix is the first.
  const [first] = found
  if (first?.username === prefix && first.workerId === undefined) yield [prefix]
  for (const character of characters) yield* activeAccounts(accounts, prefix + character)
}

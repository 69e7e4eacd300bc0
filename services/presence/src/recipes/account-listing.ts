import type { Accounts } from '@rookery/accounts'

const pageSize = 1_000
/** The characters of a username after the first one. */
const characters = 'abcdefghijklmnopqrstuvwxyz0123456789._-'.split('')

/**
 * The usernames of all active accounts of users, not workers, page by page. A search with a full
 * page is repeated with longer prefixes.
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
  // A username that equals the prefix comes first.
  const [first] = found
  if (first?.username === prefix && first.workerId === undefined) yield [prefix]
  for (const character of characters) yield* activeAccounts(accounts, prefix + character)
}

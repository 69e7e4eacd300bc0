import type { Accounts } from '@rookery/accounts'
import { RequestError } from '../request-error.ts'

/** @throws RequestError `not_found` for the first username that is no active account */
export async function requireUsers(
  { accounts }: { accounts: Pick<Accounts, 'findMany'> },
  usernames: readonly string[],
): Promise<void> {
  if (usernames.length === 0) return
  const found = await accounts.findMany(usernames)
  const unknown = usernames.find((username) => found.get(username)?.state !== 'active')
  if (unknown !== undefined) throw new RequestError('not_found', `there is no user ${unknown}`)
}

import type { Account } from '@rookery/accounts'
import type { User } from '@rookery/protocol'
import type { Views } from '@rookery/views'

/** Users as others see them, with their present status. */
export async function userViews(
  accounts: readonly Account[],
  views: Pick<Views, 'statuses'>,
): Promise<User[]> {
  const seen = await views.statuses(accounts.map((account) => account.username))
  return accounts.map(({ username, displayName }) => {
    const { status = 'offline', lastSeen = null } = seen.get(username) ?? {}
    return { username, displayName, status, lastSeen }
  })
}

export async function userView(account: Account, views: Pick<Views, 'statuses'>): Promise<User> {
  const [view] = await userViews([account], views)
  if (view === undefined) throw new Error('one account has one view')
  return view
}

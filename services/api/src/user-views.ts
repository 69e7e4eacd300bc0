import type { Account } from '@rookery/accounts'
import type { PresenceBoard } from '@rookery/directory'
import type { Status, User } from '@rookery/protocol'

type Board = Pick<PresenceBoard, 'read'>

/** Users as others see them, with their presence of this moment; unknown presence is offline. */
export async function userViews(accounts: readonly Account[], presence: Board): Promise<User[]> {
  const seen = await presence.read(accounts.map((account) => account.username))
  return accounts.map(({ username, displayName }) => {
    const update = seen.get(username)
    const status = update?.status ?? 'offline'
    return { username, displayName, status, lastSeen: update?.lastSeen ?? null }
  })
}

export async function userView(account: Account, presence: Board): Promise<User> {
  const [view] = await userViews([account], presence)
  return (
    view ?? {
      username: account.username,
      displayName: account.displayName,
      status: 'offline',
      lastSeen: null,
    }
  )
}

/** The status of each, as others see it. */
export async function statusesOf(
  usernames: readonly string[],
  presence: Board,
): Promise<ReadonlyMap<string, Status>> {
  const seen = await presence.read(usernames)
  return new Map(usernames.map((name) => [name, seen.get(name)?.status ?? 'offline']))
}

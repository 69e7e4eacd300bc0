import type { Accounts } from '@rookery/accounts'
import { steadyNow } from '@rookery/service-kit'
import type { LocalUser } from './local-user.ts'

const usersPerRead = 1_000

export interface MutesDeps {
  accounts: Pick<Accounts, 'mutesOf'>
}

/** Every 5 s: reads which users here are muted, because the push of a mute may be lost. */
export async function refreshMutes({
  accounts,
  users,
}: MutesDeps & { users: { all(): Iterable<LocalUser> } }): Promise<void> {
  const all = [...users.all()]
  for (let i = 0; i < all.length; i += usersPerRead)
    await readMutes({ accounts }, all.slice(i, i + usersPerRead))
}

/** Reads whether users are muted. A push that comes during the read is newer than it. */
export async function readMutes(
  { accounts }: MutesDeps,
  users: readonly LocalUser[],
): Promise<void> {
  const askedAt = steadyNow()
  const mutes = await accounts.mutesOf(users.map(({ username }) => username))
  for (const user of users)
    if (user.muteToldAt < askedAt) user.mutedUntilMs = mutes.get(user.username) ?? null
}

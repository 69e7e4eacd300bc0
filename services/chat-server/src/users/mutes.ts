import { steadyNow } from '@rookery/service-kit'
import type { ChatContext } from '../context.ts'
import type { LocalUser } from './local-user.ts'

const usersPerRead = 1_000

/** Reads who of the users here is muted: every 5 s, so that a push that was lost silences, or frees, nobody for longer. */
export async function refreshMutes({
  accounts,
  users,
}: Pick<ChatContext, 'accounts' | 'users'>): Promise<void> {
  const all = [...users.all()]
  for (let i = 0; i < all.length; i += usersPerRead)
    await readMutes({ accounts }, all.slice(i, i + usersPerRead))
}

/** Reads whether these are muted; what a push tells meanwhile is newer. */
export async function readMutes(
  { accounts }: Pick<ChatContext, 'accounts'>,
  users: readonly LocalUser[],
): Promise<void> {
  const askedAt = steadyNow()
  const mutes = await accounts.mutesOf(users.map(({ username }) => username))
  for (const user of users)
    if (user.muteToldAt < askedAt) user.mutedUntilMs = mutes.get(user.username) ?? null
}

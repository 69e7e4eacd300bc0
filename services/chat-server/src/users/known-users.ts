import type { ChatContext } from '../context.ts'
import { RequestError } from '../request-error.ts'

/** Throws `not_found`, naming the first one, unless all are active accounts. */
export async function requireUsers(ctx: ChatContext, usernames: readonly string[]): Promise<void> {
  if (usernames.length === 0) return
  const accounts = await ctx.accounts.findMany(usernames)
  const unknown = usernames.find((username) => accounts.get(username)?.state !== 'active')
  if (unknown !== undefined) throw new RequestError('not_found', `there is no user ${unknown}`)
}

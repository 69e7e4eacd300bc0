import type { ApiContext } from '../context.ts'
import { ApiError } from '../http/api-error.ts'

/** Call before a text of the user is shown to others. @throws ApiError `forbidden` */
export async function requireUnmuted(
  { accounts }: Pick<ApiContext, 'accounts'>,
  username: string,
): Promise<void> {
  const account = await accounts.find(username)
  const mutedUntilMs = account?.mutedUntilMs ?? null
  if (mutedUntilMs !== null && mutedUntilMs > Date.now()) {
    throw new ApiError('forbidden', 'you are muted')
  }
}

import type { Account } from '@rookery/accounts'
import type { ApiContext } from '../context.ts'
import { ApiError } from '../http/api-error.ts'

/**
 * Asks a user who is logged in for the password once more, as often as a log-in may be tried.
 *
 * @throws ApiError `invalid_credentials`, `rate_limited`
 */
export async function confirmPassword(
  { accounts, logInThrottle, passwords }: ApiContext,
  username: string,
  password: string,
  address: string,
): Promise<Account> {
  await logInThrottle.tryPassword(username, address)
  const account = await accounts.find(username)
  const active = account?.state === 'active' ? account : null
  if (!(await passwords.verify(active?.passwordHash ?? null, password)) || active === null) {
    throw new ApiError('invalid_credentials', 'the password is wrong')
  }
  await logInThrottle.succeeded(username, address)
  return active
}

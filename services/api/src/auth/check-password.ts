import { type Account, clientNetwork } from '@rookery/accounts'
import type { ApiContext } from '../context.ts'
import { ApiError } from '../http/api-error.ts'

/**
 * The active account that has this name and this password. An unknown name and a wrong password get
 * the same answer after the same time. A hash of an older cost is renewed.
 *
 * @throws ApiError `invalid_credentials`, `rate_limited`, `unavailable`
 */
export async function checkPassword(
  context: ApiContext,
  username: string,
  password: string,
  address: string,
): Promise<Account> {
  const { accounts, logInThrottle, security } = context
  const attempt = await logInThrottle.tryPassword(username, address)
  const decision = await decide(context, username, password, address).catch(
    async (error: unknown) => {
      await attempt.undecided()
      throw error
    },
  )
  if (decision === null) {
    security.record('password_wrong', { username, address })
    throw new ApiError('invalid_credentials', 'the username or the password is wrong')
  }
  await attempt.succeeded()
  if (!context.passwords.isOutdated(decision.passwordHash)) return decision
  const passwordHash = await context.passwords.hash(password, clientNetwork(address))
  const renewed = await accounts.setPasswordHash(username, decision.passwordHash, passwordHash)
  // Not renewed: another request has changed the password since `find`. The account is returned
  // with the old hash.
  return renewed ? { ...decision, passwordHash } : decision
}

async function decide(
  { accounts, passwords }: ApiContext,
  username: string,
  password: string,
  address: string,
): Promise<Account | null> {
  const account = await accounts.find(username)
  const active = account?.state === 'active' ? account : null
  const network = clientNetwork(address)
  const right = await passwords.verify(active?.passwordHash ?? null, password, network)
  return right ? active : null
}

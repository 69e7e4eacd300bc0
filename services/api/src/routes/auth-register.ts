import { type Account, clientNetwork } from '@rookery/accounts'
import { reservedUsernames } from '@rookery/protocol'
import { requireStrongPassword } from '../auth/require-strong-password.ts'
import type { ApiContext } from '../context.ts'
import { addRoute } from '../http/add-route.ts'
import { ApiError } from '../http/api-error.ts'

export function addAuthRegister(context: ApiContext): void {
  const { accounts, chatServers, logIns, logInThrottle, passwords, security } = context
  addRoute(context, 'register', async ({ body, address, secure, userAgent }) => {
    const { username, password, displayName = username } = body
    if (reservedUsernames.includes(username)) throw taken()
    await requireStrongPassword(context, password, username)
    await logInThrottle.tryRegistration(address)
    // Before the account is made: without a chat server, nothing must be made.
    const chat = chatServers.pick(secure)
    const network = clientNetwork(address)
    const passwordHash = await passwords.hash(password, network)
    const createdAtMs = Date.now()
    const outcome = await accounts.create({ username, displayName, passwordHash, createdAtMs })
    if (outcome === 'taken') await resume(context, username, password, network)
    await accounts.activate(username)
    const account = await accounts.find(username)
    if (account?.state !== 'active') throw taken()
    security.record('registered', { username, address })
    return logIns.start(account, userAgent, chat)
  })
}

/** Lets a client that knows the password finish a registration that stopped half-way. */
async function resume(
  { accounts, passwords }: ApiContext,
  username: string,
  password: string,
  network: string,
): Promise<void> {
  const account: Account | null = await accounts.find(username)
  const resumable = account?.state === 'inactive'
  if (!resumable || !(await passwords.verify(account.passwordHash, password, network)))
    throw taken()
}

function taken(): ApiError {
  return new ApiError('username_taken', 'this username is taken, choose another')
}

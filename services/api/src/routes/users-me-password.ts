import { clientNetwork } from '@rookery/accounts'
import { checkPassword } from '../auth/check-password.ts'
import { requireStrongPassword } from '../auth/require-strong-password.ts'
import type { ApiContext } from '../context.ts'
import { addRoute } from '../http/add-route.ts'
import { ApiError } from '../http/api-error.ts'

export function addUsersMePassword(context: ApiContext): void {
  const { accounts, chatServers, logIns, passwords, security } = context
  addRoute(context, 'changePassword', async ({ body, user, address, secure }) => {
    const { username, familyId } = user
    await requireStrongPassword(context, body.newPassword, username)
    const chat = chatServers.pick(secure)
    const account = await checkPassword(context, username, body.oldPassword, address)
    const passwordHash = await passwords.hash(body.newPassword, clientNetwork(address))
    if (!(await accounts.setPasswordHash(username, account.passwordHash, passwordHash))) {
      throw new ApiError(
        'conflict',
        'the password was changed by another request: log in with the new one',
      )
    }
    security.record('password_changed', { username, address })
    await logIns.end({ username, exceptFamilyId: familyId })
    // This log-in and its socket stay, but a refresh token that was stolen from it ends.
    const refreshToken = await accounts.reissue({ username, familyId }, Date.now())
    if (refreshToken === null)
      throw new ApiError('unauthorized', 'this log-in has ended: log in again')
    return logIns.answer(account, { familyId, refreshToken }, chat)
  })
}

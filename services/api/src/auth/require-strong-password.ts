import type { ApiContext } from '../context.ts'
import { ApiError } from '../http/api-error.ts'
import { refuseWeakPassword } from './passwords.ts'

/** @throws ApiError `invalid_input`: the password is common, the username, or from a breach */
export async function requireStrongPassword(
  { breached }: Pick<ApiContext, 'breached'>,
  password: string,
  username: string,
): Promise<void> {
  refuseWeakPassword(password, username)
  if ((await breached?.has(password)) === true)
    throw new ApiError('invalid_input', 'body.password: is known from a breach, choose another')
}

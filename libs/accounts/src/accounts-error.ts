import { PortError } from '@rookery/service-kit'

export type AccountsErrorCode =
  /** The engine does not answer, or accepts no work now. The same call may be repeated. */
  | 'unavailable'
  /** The data belongs to a newer release. Only that release can use it. */
  | 'mismatch'
  /**
   * The engine refuses the name, password or rights. It occurs only when the accounts are opened.
   */
  | 'denied'

export class AccountsError extends PortError<AccountsErrorCode> {
  override readonly name = 'AccountsError'

  get retryable(): boolean {
    return this.code === 'unavailable'
  }
}

import { PortError } from '@rookery/service-kit'

export type AccountsErrorCode =
  /** The engine does not answer or takes no more work now: try the same call again. */
  | 'unavailable'
  /** The data is a newer release's: starting that one is all that helps. */
  | 'mismatch'
  /** The engine refuses our name, password or rights; only when it is opened. */
  | 'denied'

export class AccountsError extends PortError<AccountsErrorCode> {
  override readonly name = 'AccountsError'

  get retryable(): boolean {
    return this.code === 'unavailable'
  }
}

import { PortError } from '@rookery/service-kit'

export type DirectoryErrorCode =
  /** The engine did not answer in time: try the same call again. */
  | 'unavailable'
  /** The engine refuses our name, password or rights; only when it is opened. */
  | 'denied'

export class DirectoryError extends PortError<DirectoryErrorCode> {
  override readonly name = 'DirectoryError'

  get retryable(): boolean {
    return this.code === 'unavailable'
  }
}

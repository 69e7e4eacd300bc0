import { PortError } from '@rookery/service-kit'

export type DirectoryErrorCode =
  /** The engine did not answer in time. The same call may be tried again. */
  | 'unavailable'
  /**
   * The engine refuses the name, password or rights. It occurs only when the directory is opened.
   */
  | 'denied'

export class DirectoryError extends PortError<DirectoryErrorCode> {
  override readonly name = 'DirectoryError'

  get retryable(): boolean {
    return this.code === 'unavailable'
  }
}

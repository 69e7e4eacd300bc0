import { PortError } from '@rookery/service-kit'

export type BridgeErrorCode =
  /**
   * The engine does not answer or takes no more work now. What was asked for was not done, or not
   * known to be.
   */
  | 'unavailable'
  /** A write to an inbox that may have landed, or may still land. */
  | 'unknown'
  /** The tree does not let us: its access lists are not open. */
  | 'denied'

export class BridgeError extends PortError<BridgeErrorCode> {
  override readonly name = 'BridgeError'

  get retryable(): boolean {
    return this.code !== 'denied'
  }
}

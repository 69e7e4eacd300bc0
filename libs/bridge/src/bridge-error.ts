import { PortError } from '@rookery/service-kit'

export type BridgeErrorCode =
  /** The engine does not answer, or takes no more work now. The request may have been done. */
  | 'unavailable'
  /** A write to an inbox has no answer: it may have succeeded, or may still succeed. */
  | 'unknown'
  /** An access list of the tree forbids the operation. */
  | 'denied'

export class BridgeError extends PortError<BridgeErrorCode> {
  override readonly name = 'BridgeError'

  get retryable(): boolean {
    return this.code !== 'denied'
  }
}

/**
 * `missing`: something must be installed first; `failed`: an engine did not start or does not
 * answer.
 */
export type EnginesErrorCode = 'missing' | 'failed'

/** Every error that this lib raises. The message tells the person at the terminal what to do. */
export class EnginesError extends Error {
  override readonly name = 'EnginesError'
  readonly code: EnginesErrorCode

  constructor(code: EnginesErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  /** Never retryable: a person must mend something first. */
  get retryable(): boolean {
    return false
  }
}

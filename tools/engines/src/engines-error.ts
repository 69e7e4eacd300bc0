/**
 * `missing`: something has to be installed first; `failed`: an engine did not start or does not
 * answer.
 */
export type EnginesErrorCode = 'missing' | 'failed'

/**
 * Every error that this lib raises. The message is for the person at the terminal and says what to
 * do.
 */
export class EnginesError extends Error {
  override readonly name = 'EnginesError'
  readonly code: EnginesErrorCode

  constructor(code: EnginesErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  /** Never as it is: a person has to mend something first. */
  get retryable(): boolean {
    return false
  }
}

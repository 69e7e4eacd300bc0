export type DirectoryErrorCode = 'unavailable'

/** The engine did not answer in time. Always retryable. */
export class DirectoryError extends Error {
  override readonly name = 'DirectoryError'
  readonly code: DirectoryErrorCode
  constructor(code: DirectoryErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

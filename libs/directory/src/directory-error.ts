export type DirectoryErrorCode =
  /** The engine did not answer in time: try the same call again. */
  | 'unavailable'
  /** The engine refuses our name, password or rights; only when it is opened. */
  | 'denied'

export class DirectoryError extends Error {
  override readonly name = 'DirectoryError'
  readonly code: DirectoryErrorCode
  constructor(code: DirectoryErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
  get retryable(): boolean {
    return this.code === 'unavailable'
  }
}

/**
 * The base of the errors of a port. The code, one of a closed list, says what failed. The class
 * says whether the same call may succeed later.
 */
export abstract class PortError<Code extends string> extends Error {
  readonly code: Code

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  /** Whether the same call, unchanged, may succeed later. */
  abstract get retryable(): boolean
}

/** The one place that decides whether a failed call may be repeated: its error's class says so. */
export function isRetryable(error: unknown): boolean {
  return error instanceof PortError && error.retryable
}

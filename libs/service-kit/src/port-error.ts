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

/** Whether a failed call may be repeated. The class of its error decides; no other place does. */
export function isRetryable(error: unknown): boolean {
  return error instanceof PortError && error.retryable
}

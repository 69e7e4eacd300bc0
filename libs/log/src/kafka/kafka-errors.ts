import { LogError, type LogErrorCode } from '../message-log.ts'

/**
 * The type of the error, or of the first error in its chain of causes that has one: retries and
 * requests wrap the error that they got.
 */
export function kafkaErrorType(error: unknown): string | null {
  for (let at = error; typeof at === 'object' && at !== null; at = (at as ErrorOptions).cause) {
    const { type } = at as { type?: unknown }
    if (typeof type === 'string') return type
  }
  return null
}

export function toLogError(code: LogErrorCode, message: string, cause: unknown): LogError {
  if (cause instanceof LogError) return cause
  return new LogError(code, message, { cause })
}

/**
 * Runs a request that may be repeated, so every failure is reported as `unavailable`.
 * @param what names the request in the message, such as `reading the install of the log`
 */
export async function asking<T>(what: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (error) {
    throw toLogError('unavailable', `the log is not available: ${what} failed`, error)
  }
}

import { LogError, type LogErrorCode } from '../message-log.ts'

/**
 * The error's own type, or of the first one below it that has one: retries and requests wrap what
 * they got.
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
 * Runs a request that leaves the log as it is, so any failure means that the log cannot be asked
 * now.
 */
export async function asking<T>(what: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (error) {
    throw toLogError('unavailable', `the log did not answer: ${what}`, error)
  }
}

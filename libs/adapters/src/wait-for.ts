import { setTimeout as delay } from 'node:timers/promises'
import { isRetryable, type Logger } from '@rookery/service-kit'

const retryEveryMs = 1_000
/** The line is logged at the first attempt and at each tenth one after it. */
const logEvery = 10

/**
 * Opens an engine, and waits for it while it is away. Throws errors that waiting cannot remove,
 * such as a wrong password.
 */
export async function waitFor<T>(
  engine: string,
  open: () => Promise<T>,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    signal.throwIfAborted()
    try {
      return await open()
    } catch (error) {
      if (!isRetryable(error)) throw error
      if (tries % logEvery === 0)
        logger.warn({ engine, reason: messageOf(error) }, `waiting for ${engine}`)
    }
    await delay(retryEveryMs, undefined, { signal })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

import type { Logger } from '@rookery/service-kit'

/** Runs `work` every `ms`, but not while it still runs. @returns stop */
export function every(ms: number, work: () => Promise<void>, logger: Logger): () => void {
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    work()
      .catch((error: unknown) =>
        logger.warn({ err: error }, 'a periodic task failed, it runs again at its next turn'),
      )
      .finally(() => (busy = false))
  }, ms).unref()
  return () => clearInterval(timer)
}

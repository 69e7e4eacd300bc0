import type { Logger } from '@rookery/service-kit'

/** Runs `work` every `ms`, never twice at once. @returns stop */
export function every(ms: number, work: () => Promise<void>, logger: Logger): () => void {
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    work()
      .catch((error: unknown) =>
        logger.warn({ err: error }, 'a refresh failed, the next one is due'),
      )
      .finally(() => (busy = false))
  }, ms).unref()
  return () => clearInterval(timer)
}

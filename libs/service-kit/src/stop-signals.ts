const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
/**
 * A terminal, or a program that stops a whole process group, sends a signal to npm and to this
 * process, and npm passes its own on. The same signal within this time counts once.
 */
const sameSignalMs = 150

export interface StopSignals {
  /** Called at the first signal, unless the process is stopping already. */
  stop: (signal: string) => void
  /** Called at a signal while the process stops. */
  again: (signal: string) => void
  isStopping: () => boolean
}

/**
 * Listens to SIGTERM, SIGINT and SIGHUP. The first asks the process to stop in order, a later one
 * to end at once.
 */
export function onStopSignals({ stop, again, isStopping }: StopSignals): void {
  let first: { signal: string; atMs: number } | null = null
  for (const signal of signals)
    process.on(signal, () => {
      const atMs = performance.now()
      if (!isStopping()) {
        first = { signal, atMs }
        stop(signal)
      } else if (first?.signal !== signal || atMs - first.atMs >= sameSignalMs) again(signal)
    })
}

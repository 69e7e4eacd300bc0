const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
/**
 * The same signal counts once within this time. A terminal, or a program that stops a process
 * group, sends the signal to npm and to this process, and npm sends it to this process as well.
 */
const sameSignalMs = 150

export interface StopSignals {
  /** Called on a signal while the process is not stopping. */
  stop: (signal: string) => void
  /** Called on a further signal while the process is stopping. */
  again: (signal: string) => void
  isStopping: () => boolean
}

/**
 * Listens to SIGTERM, SIGINT and SIGHUP. The first signal asks the process to stop in order, a
 * further one to end without waiting.
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

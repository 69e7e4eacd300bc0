const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
/**
 * A terminal, or whoever stops a whole process group, sends a signal to npm and to us, and npm
 * passes its own on: the same signal again within this time is no second one.
 */
const sameSignalMs = 150

export interface StopSignals {
  /** The first signal, unless it is stopping already. */
  stop: (signal: string) => void
  /** A signal while it stops. */
  again: (signal: string) => void
  isStopping: () => boolean
}

/**
 * Tells of SIGTERM, SIGINT and SIGHUP: the process is asked to stop in order, or, if it does so
 * already, to end at once.
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

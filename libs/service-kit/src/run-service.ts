import closeWithGrace from 'close-with-grace'
import { ServiceKitError } from './errors.ts'
import { createLogger, type Logger } from './logger.ts'

export interface Running {
  /** Stops taking work, finishes what is under way, frees everything. */
  close(): Promise<void>
}

export interface ServiceContext {
  readonly logger: Logger
  /** Fires when the process is told to stop, also during the start. */
  readonly signal: AbortSignal
}

const DRAIN_MS = 10_000

/**
 * The life of a process: runs `main`, and on SIGTERM or SIGINT closes what it returned and exits 0. A
 * second signal exits 1 at once, and so does a drain of more than 10 s. An uncaught error is logged and
 * exits 1 after closing. A start that fails exits 1; if the operator can mend it (configuration), with
 * one plain line on standard error and nothing else.
 */
export function runService(
  service: string,
  main: (context: ServiceContext) => Promise<Running>,
  logger: Logger = createLogger(service),
): void {
  const stop = new AbortController()
  closeWithGrace(
    {
      delay: DRAIN_MS,
      logger: false,
      onTimeout: (ms) => logger.error({ ms }, 'gave up draining'),
      onSecondSignal: (signal) => logger.warn({ signal }, 'second signal: exiting at once'),
      onSecondError: (error) => logger.fatal({ err: error }, 'error while closing'),
    },
    async ({ err, signal }) => {
      if (err) logger.fatal({ err }, 'uncaught error')
      else logger.info({ signal }, 'stopping')
      stop.abort()
      const running = await started
      await running?.close()
    },
  )
  const started = main({ logger, signal: stop.signal }).catch((error: unknown) => {
    if (stop.signal.aborted) return null
    const line = forOperator(error)
    if (line !== null) process.stderr.write(`${service}: ${line}\n`)
    else logger.fatal({ err: error }, 'the service cannot start')
    process.exit(1)
  })
}

/** What other libs raise for things that an operator can mend; their messages say how. */
const operatorCodes: ReadonlySet<unknown> = new Set([
  'data_folder_in_use',
  'data_folder_not_writable',
  'newer_version',
  'mismatch',
  'weak_secret',
  'denied',
])

/** System calls that fail when an address was given that is not there or may not be used. */
const addressCalls: ReadonlySet<unknown> = new Set(['listen', 'getaddrinfo'])

/** One line, where the operator can mend what stopped the start; null: it is a defect. */
function forOperator(error: unknown): string | null {
  if (error instanceof ServiceKitError) return error.message
  if (error instanceof Error && 'code' in error && operatorCodes.has(error.code)) {
    return error.message
  }
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `${'port' in error ? `port ${String(error.port)}` : 'a port'} is in use by another process`
  }
  if (error instanceof Error && 'syscall' in error && addressCalls.has(error.syscall)) {
    return error.message
  }
  return null
}

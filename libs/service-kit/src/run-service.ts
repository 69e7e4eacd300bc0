import { ServiceKitError } from './errors.ts'
import { surviveErrors, written } from './log-writer.ts'
import { createLogger, type Logger } from './logger.ts'
import { fitCollectorToCores } from './one-core.ts'
import { onStopSignals } from './stop-signals.ts'

export interface Running {
  /** Accepts no more work, finishes the work that has begun, and frees all resources. */
  close(): Promise<void>
}

export interface ServiceContext {
  readonly logger: Logger
  /** Fires when the process begins to stop, also during the start. */
  readonly signal: AbortSignal
}

const defaultDrainMs = 10_000
/** How long the end waits for a slow reader of the log to take the last lines. */
const lastLinesMs = 500
/**
 * The life of a process. It runs `main`, and ends in one of these ways:
 * - SIGTERM, SIGINT or SIGHUP: closes the returned service and exits 0. If closing fails, it exits
 *   1, because 0 means that everything is stored.
 * - A second signal, or closing takes longer than `drainMs`: exits 1 without waiting.
 * - An uncaught error: logs it, closes the service and exits 1.
 * - A start that fails: exits 1. If the operator can correct the cause, such as a setting, it
 *   writes only one plain line to standard error.
 */
export function runService(
  service: string,
  main: (context: ServiceContext) => Promise<Running>,
  logger: Logger = createLogger(service),
  drainMs: number = defaultDrainMs,
): void {
  fitCollectorToCores()
  const stop = new AbortController()
  surviveErrors(process.stdout)
  surviveErrors(process.stderr)
  logWarnings(logger)

  const end = async (code: number): Promise<void> => {
    stop.abort()
    setTimeout(() => {
      logger.error({ ms: drainMs }, 'closing took too long: exiting without the rest')
      process.exit(1)
    }, drainMs)
    const closed = await closeAll()
    await Promise.all([written(process.stdout, lastLinesMs), written(process.stderr, lastLinesMs)])
    process.exit(closed ? code : 1)
  }
  const closeAll = async (): Promise<boolean> => {
    try {
      const running = await started
      await running?.close()
      return true
    } catch (error) {
      logger.fatal({ err: error }, 'the service could not close in order: exiting with 1')
      return false
    }
  }

  onStopSignals({
    isStopping: () => stop.signal.aborted,
    stop: (signal) => {
      logger.info({ signal }, 'stopping')
      void end(0)
    },
    again: (signal) => {
      logger.warn({ signal }, 'second signal: exiting without waiting')
      process.exit(1)
    },
  })

  const onError = (thrown: unknown): void => {
    const isClosing = stop.signal.aborted
    const err = thrown instanceof Error ? thrown : new Error(`not an error: ${String(thrown)}`)
    logger.fatal(
      { err },
      isClosing ? 'uncaught error while closing: exiting' : 'uncaught error: closing',
    )
    if (isClosing) process.exit(1)
    else void end(1)
  }
  process.on('uncaughtException', onError)
  process.on('unhandledRejection', onError)

  const started = main({ logger, signal: stop.signal }).catch((error: unknown) => {
    if (stop.signal.aborted) return null
    const line = forOperator(error)
    if (line !== null) process.stderr.write(`${service}: ${line}\n`)
    else logger.fatal({ err: error }, 'the service cannot start: exiting')
    process.exit(1)
  })
}

/** Logs Node's own warnings as JSON. Node would print them as several lines of plain text. */
function logWarnings(logger: Logger): void {
  process.removeAllListeners('warning')
  process.on('warning', (warning) => logger.warn({ err: warning }, 'a warning of Node'))
}

/** Errors of other libs whose cause an operator can correct. Their messages say how. */
const operatorCodes: ReadonlySet<unknown> = new Set([
  'data_folder_in_use',
  'data_folder_not_writable',
  'newer_version',
  'mismatch',
  'weak_secret',
  'denied',
])

/** System calls that fail if the address in a setting does not exist or may not be used. */
const addressCalls: ReadonlySet<unknown> = new Set(['listen', 'getaddrinfo'])

/** One line, if the operator can correct the cause of a failed start; null: it is a defect. */
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

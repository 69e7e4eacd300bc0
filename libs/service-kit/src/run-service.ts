import { ServiceKitError } from './errors.ts'
import { surviveErrors, written } from './log-writer.ts'
import { createLogger, type Logger } from './logger.ts'
import { onStopSignals } from './stop-signals.ts'

export interface Running {
  /** Stops taking work, finishes what is under way, frees everything. */
  close(): Promise<void>
}

export interface ServiceContext {
  readonly logger: Logger
  /** Fires when the process begins to stop, also during the start. */
  readonly signal: AbortSignal
}

const defaultDrainMs = 10_000
/** A slow reader of the log gets this much time for the last lines. */
const lastLinesMs = 500
/**
 * The life of a process: runs `main`, and on SIGTERM, SIGINT or SIGHUP closes what it returned and
 * exits 0. A second signal exits 1 at once, and so does a drain of more than `drainMs`. An uncaught
 * error is logged and exits 1 after closing. A close that fails exits 1: 0 means that all was
 * stored. A start that fails exits 1; if the operator can mend it (configuration), with one plain
 * line on standard error and nothing else.
 */
export function runService(
  service: string,
  main: (context: ServiceContext) => Promise<Running>,
  logger: Logger = createLogger(service),
  drainMs: number = defaultDrainMs,
): void {
  const stop = new AbortController()
  surviveErrors(process.stdout)
  surviveErrors(process.stderr)
  logWarnings(logger)

  const end = async (code: number): Promise<void> => {
    stop.abort()
    setTimeout(() => {
      logger.error({ ms: drainMs }, 'gave up draining')
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
      logger.fatal({ err: error }, 'the service did not close in order')
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
      logger.warn({ signal }, 'second signal: exiting at once')
      process.exit(1)
    },
  })

  const onError = (thrown: unknown): void => {
    const isSecond = stop.signal.aborted
    const err = thrown instanceof Error ? thrown : new Error(`not an error: ${String(thrown)}`)
    logger.fatal({ err }, isSecond ? 'error while closing' : 'uncaught error')
    if (isSecond) process.exit(1)
    else void end(1)
  }
  process.on('uncaughtException', onError)
  process.on('unhandledRejection', onError)

  const started = main({ logger, signal: stop.signal }).catch((error: unknown) => {
    if (stop.signal.aborted) return null
    const line = forOperator(error)
    if (line !== null) process.stderr.write(`${service}: ${line}\n`)
    else logger.fatal({ err: error }, 'the service cannot start')
    process.exit(1)
  })
}

/** Node's own warnings would be plain text of several lines. */
function logWarnings(logger: Logger): void {
  process.removeAllListeners('warning')
  process.on('warning', (warning) => logger.warn({ err: warning }, 'Node warns'))
}

/** Errors of other libs that an operator can mend. Their messages say how. */
const operatorCodes: ReadonlySet<unknown> = new Set([
  'data_folder_in_use',
  'data_folder_not_writable',
  'newer_version',
  'mismatch',
  'weak_secret',
  'denied',
])

/** System calls that fail when a given address does not exist or may not be used. */
const addressCalls: ReadonlySet<unknown> = new Set(['listen', 'getaddrinfo'])

/** One line, if the operator can mend the error that stopped the start; null: it is a defect. */
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

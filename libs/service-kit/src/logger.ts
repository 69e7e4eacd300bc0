import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino'
import type { LogLevel } from './config-types.ts'
import { logWriter } from './log-writer.ts'

export type Logger = PinoLogger

/** Fields whose values are never logged: at the top level and in objects up to two levels below. */
const secretFields = [
  'token',
  'sessionToken',
  'refreshToken',
  'password',
  'oldPassword',
  'newPassword',
  'passwordHash',
  'authorization',
  'cookie',
  'content',
  'text',
]

export interface LoggerOptions {
  readonly level?: LogLevel
  /** Default: standard output. */
  readonly destination?: DestinationStream
}

/**
 * The keys that every line has. A field of the same name gets an underscore (`msg_`), because no
 * key may occur twice in a line.
 */
const ownFields: readonly string[] = ['level', 'time', 'pid', 'msg']
/** The key of the service's name in a logger. A child logger inherits the name or has its own. */
const serviceName = Symbol('service')

/** A logger that writes one JSON object a line. Put values into fields, never into the message. */
export function createLogger(
  service: string,
  { level = 'info', destination = logWriter(process.stdout) }: LoggerOptions = {},
): Logger {
  const logger = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: withoutOwnFields },
      mixin: (_fields, _level, one) => ({ service: (one as Named)[serviceName] }),
      redact: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
    },
    destination,
  )
  return named(logger, service)
}

/** The same logger for another service in this process. */
export function loggerOf(logger: Logger, service: string): Logger {
  return named(logger.child({}), service)
}

type Named = Logger & { [serviceName]?: string }

function named(logger: Named, service: string): Logger {
  logger[serviceName] = service
  return logger
}

function withoutOwnFields(fields: Record<string, unknown>): Record<string, unknown> {
  if (!ownFields.some((name) => Object.hasOwn(fields, name))) return fields
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      ownFields.includes(name) ? `${name}_` : name,
      value,
    ]),
  )
}

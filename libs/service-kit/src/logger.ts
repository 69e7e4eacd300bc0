import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino'
import type { LogLevel } from './config-types.ts'

export type Logger = PinoLogger

/** Fields whose values never reach a log, at the top and up to two objects deep. */
const SECRET_FIELDS = [
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

/** A logger that writes one JSON object a line. Put values into fields, never into the message. */
export function createLogger(
  service: string,
  { level = 'info', destination = pino.destination(1) }: LoggerOptions = {},
): Logger {
  return pino(
    {
      level,
      base: { service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
    },
    destination,
  )
}

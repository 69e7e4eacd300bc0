import { isIP } from 'node:net'
import { z } from 'zod'

const keyBytes = 32

/** A whole number in a range, written in decimal digits. */
export function envInteger(
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): z.ZodType<number, string> {
  const message = `must be a whole number from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d{1,16}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message)
}

/** A TCP port; 0 lets the system choose. */
export function envPort(): z.ZodType<number, string> {
  return envInteger(0, 65_535)
}

/** `true` or `false`. */
export function envBoolean(): z.ZodType<boolean, string> {
  return z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true')
}

const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** A duration such as `250ms`, `30s`, `15m`, `12h` or `30d`, as milliseconds. */
export function envDurationMs(minMs: number, maxMs: number): z.ZodType<number, string> {
  return z.string().transform((text, context) => {
    const [, digits = '', unit = ''] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? []
    const ms = Number(digits) * (unitsMs[unit] ?? Number.NaN)
    if (ms >= minMs && ms <= maxMs) return ms
    context.addIssue(
      Number.isNaN(ms)
        ? 'must be a duration such as 250ms, 30s, 15m, 12h or 30d'
        : `must be from ${minMs} to ${maxMs} ms`,
    )
    return z.NEVER
  })
}

/** A rate such as `10/5m`: a bucket of 10 points that refills evenly within 5 minutes. */
export function envRate(): z.ZodType<{ points: number; windowMs: number }, string> {
  return z.string().transform((text, context) => {
    const [count, duration, ...more] = text.split('/')
    const points = envInteger(1, 1_000_000).safeParse(count)
    const windowMs = envDurationMs(1, 7 * 86_400_000).safeParse(duration)
    if (points.success && windowMs.success && more.length === 0) {
      return { points: points.data, windowMs: windowMs.data }
    }
    context.addIssue('must be a rate such as 10/5m')
    return z.NEVER
  })
}

/** Values separated by commas. White space around them and empty values are dropped. */
export function envList(): z.ZodType<readonly string[], string> {
  return z.string().transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
}

/** The key of a 256-bit algorithm: at least 32 bytes as UTF-8. */
export function envKey(): z.ZodString {
  return z
    .string()
    .refine((text) => Buffer.byteLength(text) >= keyBytes, `needs at least ${keyBytes} bytes`)
}

/** A host name or an IP address, without brackets. */
export function envHost(): z.ZodType<string, string> {
  return z
    .string()
    .refine(
      (text) => isIP(text) !== 0 || /^[\w-]+(\.[\w-]+)*$/.test(text),
      'must be a host name or an IP address',
    )
}

/** Origins as browsers write them (`https://chat.example.com`), separated by commas. */
export function envOrigins(): z.ZodType<readonly string[], string> {
  return envList().refine(
    (list) => list.every((text) => /^[a-z][a-z0-9+.-]*:\/\/[^/\sA-Z]+$/.test(text)),
    'must be origins such as https://chat.example.com',
  )
}

/** IP addresses and networks (`10.0.0.0/8`, `fd00::/8`), separated by commas. */
export function envNetworks(): z.ZodType<readonly string[], string> {
  return envList().refine(
    (list) => list.every(isNetwork),
    'must be addresses or networks such as 10.0.0.1 or 10.0.0.0/8',
  )
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const family = isIP(address)
  const maxBits = family === 4 ? 32 : 128
  const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= maxBits)
  return family !== 0 && fits && more.length === 0
}

/** The lowest level that is logged. */
export function envLogLevel(): z.ZodType<LogLevel, string> {
  return z.enum(logLevels, `must be one of ${logLevels.join(', ')}`)
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

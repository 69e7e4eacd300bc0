import { z } from 'zod'
import { errorCodeSchema } from '../server-frames.ts'

/** The body of every REST answer that is not 2xx. */
export const restErrorSchema = z
  .object({
    error: z.object({
      code: errorCodeSchema,
      message: z.string(),
      details: z.unknown().optional(),
      retryAfterMs: z.int().min(0).optional(),
    }),
  })
  .meta({ id: 'Error' })
export type RestError = z.infer<typeof restErrorSchema>

/** A whole number in a query string, in digits only ('' or '1e3' is none). */
export function queryInteger(min: number, max: number = Number.MAX_SAFE_INTEGER) {
  return z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value),
    z.int().min(min).max(max),
  )
}

/** An answer without a body (204). */
export const noContentSchema = z.undefined()

/**
 * The description of one call: fastify registers it, OpenAPI prints it, and a client follows it.
 */
export interface RestRoute {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** With `:name` parameters. */
  path: string
  summary: string
  /** `none`: open; `bearer`: an access token; `admin`: that of a platform admin. */
  auth: 'none' | 'bearer' | 'admin'
  params?: z.ZodType
  query?: z.ZodType
  body?: z.ZodType
  /** The 2xx status and its body. */
  status: 200 | 201 | 204
  answer: z.ZodType
}

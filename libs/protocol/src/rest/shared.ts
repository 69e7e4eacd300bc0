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

/** A whole number in a query string. Only digits are accepted: '' and '1e3' are refused. */
export function queryInteger(min: number, max: number = Number.MAX_SAFE_INTEGER) {
  return z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value),
    z.int().min(min).max(max),
  )
}

/** An answer without a body (204). */
export const noContentSchema = z.undefined()

/**
 * The description of one call. The api registers it as a route and prints it in the OpenAPI
 * document, and a client builds its requests from it.
 */
export interface RestRoute {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** May hold parameters, such as `:channelId`. */
  path: string
  summary: string
  /** `bearer`: the call needs an access token. `admin`: it needs that of a platform admin. */
  auth: 'none' | 'bearer' | 'admin'
  params?: z.ZodType
  query?: z.ZodType
  body?: z.ZodType
  /** The 2xx status and its body. */
  status: 200 | 201 | 204
  answer: z.ZodType
}

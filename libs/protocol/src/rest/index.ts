import type { z } from 'zod'
import { adminRoutes } from './admin.ts'
import { authRoutes } from './auth.ts'
import { channelRoutes } from './channels.ts'
import { operationsRoutes } from './operations.ts'
import { userRoutes } from './users.ts'

/** Every REST call: its method, its path, and the schemas of its input and answer. */
export const restRoutes = {
  ...authRoutes,
  ...channelRoutes,
  ...userRoutes,
  ...adminRoutes,
  ...operationsRoutes,
} as const

export type RestRouteName = keyof typeof restRoutes

/** The body of the call's 2xx answer. */
export type RestAnswer<Name extends RestRouteName> = z.infer<(typeof restRoutes)[Name]['answer']>

/** The input that a client may send, before defaults and lowering. */
export type RestBody<Name extends RestRouteName> = (typeof restRoutes)[Name] extends {
  body: infer Body extends z.ZodType
}
  ? z.input<Body>
  : undefined

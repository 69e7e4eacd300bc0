import type { z } from 'zod'
import { adminRoutes } from './admin.ts'
import { authRoutes } from './auth.ts'
import { channelRoutes } from './channels.ts'
import { operationsRoutes } from './operations.ts'
import { userRoutes } from './users.ts'

/** Every REST call: method, path, schemas of what goes in and what comes back. */
export const restRoutes = {
  ...authRoutes,
  ...channelRoutes,
  ...userRoutes,
  ...adminRoutes,
  ...operationsRoutes,
} as const

export type RestRouteName = keyof typeof restRoutes

/** What the call answers with its 2xx status. */
export type RestAnswer<Name extends RestRouteName> = z.infer<(typeof restRoutes)[Name]['answer']>

/** What a client may send: before defaults and lowering. */
export type RestBody<Name extends RestRouteName> = (typeof restRoutes)[Name] extends {
  body: infer Body extends z.ZodType
}
  ? z.input<Body>
  : undefined

import { z } from 'zod'
import { chatServerSchema, profileSchema, timestampSchema } from '../entities.ts'
import { usernameSchema } from '../ids.ts'
import { bounds } from '../bounds.ts'
import { displayNameSchema } from '../names.ts'
import { newPasswordSchema, passwordSchema } from '../passwords.ts'
import { text } from '../text.ts'
import { restCalls } from './calls.ts'
import { noContentSchema } from './shared.ts'
import type { RestRoute } from './shared.ts'

export const refreshTokenSchema = text(1, bounds.tokenMax)

export const serversSchema = z.object({ chat: chatServerSchema })

export const authAnswerSchema = z
  .object({
    sessionToken: z.string().meta({ description: 'the access token, a JWT' }),
    refreshToken: z.string(),
    expiresIn: z
      .number()
      .positive()
      .meta({ description: 'seconds until the access token expires' }),
    user: profileSchema,
    servers: serversSchema,
  })
  .meta({ id: 'AuthAnswer' })
export type AuthAnswer = z.infer<typeof authAnswerSchema>

export const loginSessionSchema = z
  .object({
    id: z.string(),
    startedAt: timestampSchema,
    usedAt: timestampSchema,
    device: z.string().optional(),
    current: z.boolean(),
  })
  .meta({ id: 'LoginSession' })
export type LoginSession = z.infer<typeof loginSessionSchema>

const refreshBody = z.object({ refreshToken: refreshTokenSchema })

export const authRoutes = {
  register: {
    ...restCalls.register,
    summary: 'Register and log in',
    auth: 'none',
    body: z.object({
      username: usernameSchema,
      password: newPasswordSchema,
      displayName: displayNameSchema.optional(),
    }),
    status: 201,
    answer: authAnswerSchema,
  },
  logIn: {
    ...restCalls.logIn,
    summary: 'Log in',
    auth: 'none',
    body: z.object({ username: usernameSchema, password: passwordSchema }),
    status: 200,
    answer: authAnswerSchema,
  },
  refresh: {
    ...restCalls.refresh,
    summary: 'Exchange a refresh token; the old one stays valid until its successor is used',
    auth: 'none',
    body: refreshBody,
    status: 200,
    answer: authAnswerSchema,
  },
  logOut: {
    ...restCalls.logOut,
    summary: 'End this log-in, its tokens and its sockets',
    auth: 'bearer',
    body: refreshBody,
    status: 204,
    answer: noContentSchema,
  },
  servers: {
    ...restCalls.servers,
    summary: 'The chat server to connect to now',
    auth: 'bearer',
    status: 200,
    answer: serversSchema,
  },
  listSessions: {
    ...restCalls.listSessions,
    summary: 'Your log-ins',
    auth: 'bearer',
    status: 200,
    answer: z.object({ sessions: z.array(loginSessionSchema) }),
  },
  endSession: {
    ...restCalls.endSession,
    summary: 'End one of your log-ins',
    auth: 'bearer',
    params: z.object({ id: text(1, 100) }),
    status: 204,
    answer: noContentSchema,
  },
} as const satisfies Record<string, RestRoute>

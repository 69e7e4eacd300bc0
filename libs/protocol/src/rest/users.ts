import { z } from 'zod'
import { userSchema } from '../entities.ts'
import { userIdSchema } from '../ids.ts'
import { bounds } from '../bounds.ts'
import { displayNameSchema } from '../names.ts'
import { newPasswordSchema, passwordSchema } from '../passwords.ts'
import { text } from '../text.ts'
import { authAnswerSchema } from './auth.ts'
import { restCalls } from './calls.ts'
import { noContentSchema } from './shared.ts'
import type { RestRoute } from './shared.ts'

export const userRoutes = {
  findUsers: {
    ...restCalls.findUsers,
    summary: 'Users whose name starts with the query, at most 20',
    auth: 'bearer',
    query: z.object({ query: text(1, bounds.userIdMax) }),
    status: 200,
    answer: z.object({ users: z.array(userSchema) }),
  },
  getUser: {
    ...restCalls.getUser,
    summary: 'One user',
    auth: 'bearer',
    params: z.object({ username: userIdSchema }),
    status: 200,
    answer: userSchema,
  },
  updateMe: {
    ...restCalls.updateMe,
    summary: 'Change your display name',
    auth: 'bearer',
    body: z.object({ displayName: displayNameSchema }),
    status: 200,
    answer: userSchema,
  },
  deleteMe: {
    ...restCalls.deleteMe,
    summary: 'Delete your account; nobody can register its name again',
    auth: 'bearer',
    body: z.object({ password: passwordSchema }),
    status: 204,
    answer: noContentSchema,
  },
  changePassword: {
    ...restCalls.changePassword,
    summary: 'Change the password; all other log-ins end',
    auth: 'bearer',
    body: z.object({ oldPassword: passwordSchema, newPassword: newPasswordSchema }),
    status: 200,
    answer: authAnswerSchema,
  },
} as const satisfies Record<string, RestRoute>

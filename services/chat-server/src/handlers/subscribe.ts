import { RequestError } from '../request-error.ts'
import type { Handler } from './handler.ts'

export const subscribe: Handler<'subscribe'> = async (ctx, connection, frame) => {
  const { requestId } = frame
  const usernames = [...new Set(frame.userIds)]
  const all = new Set([...connection.watched, ...usernames])
  const { watchedUsers } = ctx.config.limits
  if (all.size > watchedUsers)
    throw new RequestError('invalid_input', `userIds: watch at most ${watchedUsers} users`)
  const presence = await ctx.presence.subscribe(connection, usernames)
  connection.send({
    type: 'presence_update',
    presence,
    ...(requestId === undefined ? {} : { requestId }),
  })
}

export const unsubscribe: Handler<'unsubscribe'> = async (ctx, connection, frame) => {
  await ctx.presence.unsubscribe(connection, frame.userIds)
  const { requestId } = frame
  connection.send({ type: 'ok', ...(requestId === undefined ? {} : { requestId }) })
}

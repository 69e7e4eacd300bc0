import { timeOf } from '@rookery/domain'
import { requireUnmuted } from '../users/access.ts'
import type { Handler } from './handler.ts'

export const statusUpdate: Handler<'status_update'> = async (ctx, connection, frame) => {
  const { status, text, requestId } = frame
  const { username } = connection.user
  const atMs = Date.now()
  const said = text === undefined || text === '' ? null : text
  if (said !== null) await requireUnmuted(ctx, connection)
  await ctx.presence.choose(username, { status, text: said, atMs })
  const own = { userId: username, status, lastSeen: timeOf(atMs) }
  connection.send({
    type: 'presence_update',
    presence: [said === null ? own : { ...own, text: said }],
    ...(requestId === undefined ? {} : { requestId }),
  })
}

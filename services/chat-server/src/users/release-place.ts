import type { Routing } from '@rookery/directory'
import type { Logger } from '@rookery/service-kit'
import type { Connection } from '../sockets/connection.ts'
import type { PresenceFeed } from './presence-feed.ts'
import type { Users } from './users.ts'

export interface ReleaseDeps {
  users: Pick<Users, 'remove'>
  presence: Pick<PresenceFeed, 'forget' | 'userChanged'>
  routing: Pick<Routing, 'releaseRoute'>
  logger: Pick<Logger, 'warn'>
}

/** Undoes what `authenticate` and `subscribe` did for a connection that has closed. */
export function releasePlace(
  { users, presence, routing, logger }: ReleaseDeps,
  connection: Connection,
): void {
  presence.forget(connection)
  const { id, identity } = connection
  if (identity === null) return
  const { user } = identity
  users.remove(connection, user)
  presence.userChanged(user)
  routing.releaseRoute(user.username, id).catch((error: unknown) => {
    logger.warn({ err: error }, 'a route could not be released, it expires')
  })
}

import type { ApiContext } from '../context.ts'
import { addAdminAudit } from './admin-audit.ts'
import { addAdminUsers } from './admin-users.ts'
import { addAuthLogout } from './auth-logout.ts'
import { addAuthRefresh } from './auth-refresh.ts'
import { addAuthRegister } from './auth-register.ts'
import { addAuthSessions } from './auth-sessions.ts'
import { addAuth } from './auth.ts'
import { addChannelsConsumers } from './channels-consumers.ts'
import { addChannelsMessages } from './channels-messages.ts'
import { addChannelsOne } from './channels-one.ts'
import { addChannelsPublic } from './channels-public.ts'
import { addChannels } from './channels.ts'
import { addCluster } from './cluster.ts'
import { addServers } from './servers.ts'
import { addUsersMePassword } from './users-me-password.ts'
import { addUsersMe } from './users-me.ts'
import { addUsers } from './users.ts'

export function addRoutes(context: ApiContext): void {
  addAuthRegister(context)
  addAuth(context)
  addAuthRefresh(context)
  addAuthLogout(context)
  addAuthSessions(context)
  addServers(context)
  addUsersMe(context)
  addUsersMePassword(context)
  addUsers(context)
  addChannels(context)
  addChannelsPublic(context)
  addChannelsOne(context)
  addChannelsMessages(context)
  addChannelsConsumers(context)
  addAdminUsers(context)
  addAdminAudit(context)
  addCluster(context)
}

import type { Accounts } from '@rookery/accounts'
import type { PresenceBoard } from '@rookery/directory'
import type { EndedFamilies } from './auth/ended-families.ts'
import type { LogInThrottle } from './auth/log-in-throttle.ts'
import type { LogIns } from './auth/log-ins.ts'
import type { Passwords } from './auth/passwords.ts'
import type { Broadcast } from './broadcast.ts'
import type { ChatServerPicker } from './chat-server-picker.ts'
import type { ApiConfig } from './config.ts'
import type { Router } from './http/add-route.ts'

/** What the routes are made of. */
export interface ApiContext extends Router {
  readonly config: ApiConfig
  readonly accounts: Accounts
  readonly presence: Pick<PresenceBoard, 'read'>
  readonly broadcast: Broadcast
  readonly chatServers: ChatServerPicker
  readonly ended: EndedFamilies
  readonly logIns: LogIns
  readonly logInThrottle: LogInThrottle
  readonly passwords: Passwords
}

import type { Accounts } from '@rookery/accounts'
import type { Coordination } from '@rookery/coordination'
import type { Throttle } from '@rookery/directory'
import type { MessageLog } from '@rookery/log'
import type { MessageStore } from '@rookery/message-store'
import type { Logger, Readiness } from '@rookery/service-kit'
import type { Views } from '@rookery/views'
import type { BreachedPasswords } from './auth/breached-passwords.ts'
import type { EndedFamilies } from './auth/ended-families.ts'
import type { LogInThrottle } from './auth/log-in-throttle.ts'
import type { LogIns } from './auth/log-ins.ts'
import type { Passwords } from './auth/passwords.ts'
import type { SecurityLog } from './auth/security-log.ts'
import type { Broadcast } from './broadcast.ts'
import type { Departures } from './channels/departures.ts'
import type { Producer } from './channels/producer.ts'
import type { ChatServerPicker } from './chat-server-picker.ts'
import type { ApiConfig } from './config.ts'
import type { Router } from './http/add-route.ts'

/** What the routes work with. */
export interface ApiContext extends Router {
  readonly config: ApiConfig
  readonly accounts: Accounts
  readonly coordination: Pick<Coordination, 'leaderOf'>
  readonly log: Pick<MessageLog, 'topology'>
  readonly logger: Logger
  readonly readiness: Readiness
  readonly store: MessageStore
  readonly throttle: Pick<Throttle, 'consume'>
  readonly breached: BreachedPasswords | null
  readonly broadcast: Broadcast
  readonly chatServers: ChatServerPicker
  readonly departures: Departures
  readonly ended: EndedFamilies
  readonly logIns: LogIns
  readonly logInThrottle: LogInThrottle
  readonly passwords: Passwords
  readonly producer: Producer
  readonly security: SecurityLog
  readonly views: Views
}

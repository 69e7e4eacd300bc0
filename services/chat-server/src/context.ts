import type { Accounts } from '@rookery/accounts'
import type { PresenceBoard, PushBus, Routing } from '@rookery/directory'
import type { MessageLog } from '@rookery/log'
import type { MessageStore } from '@rookery/message-store'
import type { Limiter, Logger, Metrics } from '@rookery/service-kit'
import type { Submitter } from '@rookery/submission'
import type { AccessTokens } from '@rookery/tokens'
import type { Views } from '@rookery/views'
import type { Hubs } from './channels/hubs.ts'
import type { ChatConfig } from './config.ts'
import type { UserConnection } from './sockets/user-connection.ts'
import type { EndedFamilies } from './users/ended-families.ts'
import type { PresenceFeed } from './users/presence-feed.ts'
import type { Users } from './users/users.ts'

/** The ports that a chat server stands on. */
export interface ChatDeps {
  log: MessageLog
  store: MessageStore
  routing: Routing
  bus: PushBus
  board: PresenceBoard
  accounts: Accounts
  tokens: AccessTokens
  logger: Logger
  metrics: Metrics
}

/**
 * What a handler may use: the ports and the parts of one chat server. The parts themselves do not
 * know it; each names the few things that it needs.
 */
export interface ChatContext extends ChatDeps {
  serverId: string
  config: ChatConfig
  submitter: Submitter<UserConnection>
  views: Views
  hubs: Hubs
  users: Users
  presence: PresenceFeed
  ended: EndedFamilies
  /** Bounds the work that new sockets give the store. */
  listings: Limiter
}

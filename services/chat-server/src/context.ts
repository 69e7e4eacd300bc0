import type { Accounts } from '@rookery/accounts'
import type { PresenceBoard, PushBus, Routing } from '@rookery/directory'
import type { MessageLog } from '@rookery/log'
import type { MessageStore } from '@rookery/message-store'
import type { Logger, Metrics } from '@rookery/service-kit'
import type { Submitter } from '@rookery/submission'
import type { AccessTokens } from '@rookery/tokens'
import type { Views } from '@rookery/views'
import type { ChatConfig } from './config.ts'
import type { Connection } from './sockets/connection.ts'
import type { EndedFamilies } from './users/ended-families.ts'
import type { Hubs } from './channels/hubs.ts'
import type { PresenceFeed } from './users/presence-feed.ts'
import type { Flusher } from './sockets/socket-writer.ts'
import type { Turnstile } from './sockets/turnstile.ts'
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

/** What the parts of one chat server share. */
export interface ChatContext extends ChatDeps {
  serverId: string
  config: ChatConfig
  submitter: Submitter<Connection>
  views: Views
  hubs: Hubs
  users: Users
  presence: PresenceFeed
  ended: EndedFamilies
  flusher: Flusher
  /** Before what a new socket costs the store: its user's channels and their list. */
  listings: Turnstile
  counters: ChatCounters
  /** True once the server was told to stop. */
  draining: boolean
}

export interface ChatCounters {
  /** Event frames put into sockets' queues. */
  deliveries: { inc(by?: number): void }
  /** Sockets that fell behind. */
  lagged: { inc(by?: number): void }
  /** Ranges read because a push was missed. */
  repairs: { inc(by?: number): void }
  /** Requests refused, whatever the code. */
  refusals: { inc(by?: number): void }
  /** Sockets refused before anybody asked who they are. */
  unwelcome: { inc(labels: { reason: string }): void }
  /** Sockets cut because they sent too much. */
  floods: { inc(by?: number): void }
}

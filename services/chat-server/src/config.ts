import { defaultLimits, type Limits } from '@rookery/protocol'
import {
  type Environment,
  envDurationMs,
  envInteger,
  envList,
  readConfig,
} from '@rookery/service-kit'
import { z } from 'zod'

export interface ChatConfig {
  limits: Limits
  heartbeatIntervalMs: number
  /** Origins of web pages that may open sockets, besides pages of this very host. */
  allowedOrigins: readonly string[]
  /** A slow socket that drains nothing for this long is cut. */
  stuckMs: number
  /** Sockets of one address that have not said who they are. */
  maxUnauthenticatedPerAddress: number
}

const schema = z.object({
  MAX_DEVICES: envInteger(1, 100)
    .prefault('2')
    .meta({ description: 'devices from which one user may be connected' }),
  MAX_SOCKETS: envInteger(1, 1_000)
    .prefault('10')
    .meta({ description: 'sockets that one user may have' }),
  RATE_LIMIT_MESSAGES_PER_SECOND: envInteger(1, 100_000)
    .prefault('5')
    .meta({ description: 'messages a second that one user may send on one server' }),
  RATE_LIMIT_MESSAGE_BURST: envInteger(1, 100_000)
    .prefault('20')
    .meta({ description: 'messages that one user may send at once' }),
  HEARTBEAT_INTERVAL: envDurationMs(1_000, 60_000)
    .prefault('10s')
    .meta({ description: 'how often clients are asked to send a heartbeat' }),
  SLOW_READER_TIMEOUT: envDurationMs(1_000, 600_000)
    .prefault('30s')
    .meta({ description: 'a socket that takes nothing for this long is cut' }),
  MAX_UNAUTHENTICATED_SOCKETS: envInteger(1, 1_000_000)
    .prefault('200')
    .meta({ description: 'sockets of one address that have not said who they are' }),
  ALLOWED_ORIGINS: envList()
    .prefault('')
    .meta({
      description: 'origins of web pages that may open sockets, besides those of this host',
    }),
})

/** What `--help` lists. */
export const chatSettings: z.ZodObject = schema

/** @throws ConfigError */
export function readChatConfig(env: Environment, alsoKnown: readonly string[] = []): ChatConfig {
  const read = readConfig(schema, env, { alsoKnown })
  return {
    limits: {
      ...defaultLimits,
      messagesPerSecond: read.RATE_LIMIT_MESSAGES_PER_SECOND,
      messageBurst: read.RATE_LIMIT_MESSAGE_BURST,
      socketsPerUser: read.MAX_SOCKETS,
      devicesPerUser: read.MAX_DEVICES,
    },
    heartbeatIntervalMs: read.HEARTBEAT_INTERVAL,
    allowedOrigins: read.ALLOWED_ORIGINS,
    stuckMs: read.SLOW_READER_TIMEOUT,
    maxUnauthenticatedPerAddress: read.MAX_UNAUTHENTICATED_SOCKETS,
  }
}

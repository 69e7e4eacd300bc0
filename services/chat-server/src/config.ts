import { defaultLimits, type Limits, serverLimits } from '@rookery/protocol'
import {
  envAdvertisedHost,
  envAdvertisedUrl,
  envDurationMs,
  envInteger,
  envNetworks,
  envOrigins,
  envRate,
} from '@rookery/service-kit'
import type { z } from 'zod'
import type { AdvertisedConfig } from './advertised.ts'

export interface ChatConfig {
  limits: Limits
  heartbeatIntervalMs: number
  /** Requests other than messages, per socket. */
  requestsPerSecond: number
  requestBurst: number
  /** A socket is cut if more than this many of its refused requests wait for their time. */
  maxRefusals: number
  /** Origins of web pages that may open sockets, besides pages of this host. */
  allowedOrigins: readonly string[]
  advertised: AdvertisedConfig
  /** Addresses or networks whose `X-Forwarded-…` is believed. */
  trustedProxies: readonly string[]
  /** A slow socket that drains nothing for this long is cut. */
  stuckMs: number
  /** Sockets of one address that have not authenticated. */
  maxUnauthenticatedPerAddress: number
  /** Sockets that one address may open in a window of time. */
  handshakesPerAddress: { points: number; windowMs: number }
}

/** The chat server's policy settings, to be spread into those of the process that it runs in. */
export const chatVariables: ChatVariables = {
  MAX_DEVICES: envInteger(1, 100)
    .prefault(String(defaultLimits.devicesPerUser))
    .meta({ description: 'devices from which one user may be connected' }),
  MAX_SOCKETS: envInteger(1, 1_000)
    .prefault(String(defaultLimits.socketsPerUser))
    .meta({ description: 'sockets that one user may have' }),
  RATE_LIMIT_MESSAGES_PER_SECOND: envInteger(1, 100_000)
    .prefault(String(defaultLimits.messagesPerSecond))
    .meta({ description: 'messages a second that one user may send on one server' }),
  RATE_LIMIT_MESSAGE_BURST: envInteger(1, 100_000)
    .prefault(String(defaultLimits.messageBurst))
    .meta({ description: 'messages that one user may send in a burst' }),
  RATE_LIMIT_SOCKET_REQUESTS_PER_SECOND: envInteger(1, 100_000)
    .prefault(String(serverLimits.requestsPerSecond))
    .meta({ description: 'requests a second, other than messages, that one socket may make' }),
  RATE_LIMIT_SOCKET_REQUEST_BURST: envInteger(1, 100_000)
    .prefault(String(serverLimits.requestBurst))
    .meta({ description: 'requests, other than messages, that one socket may make in a burst' }),
  RATE_LIMIT_REFUSALS: envInteger(1, 1_000_000)
    .prefault(String(serverLimits.waitingBeforeClose))
    .meta({
      description: 'a socket with more refused requests than this that were told to wait is cut',
    }),
  HEARTBEAT_INTERVAL: envDurationMs(1_000, 60_000)
    .prefault('10s')
    .meta({ description: 'how often clients are asked to send a heartbeat' }),
  SLOW_READER_TIMEOUT: envDurationMs(1_000, 600_000)
    .prefault('30s')
    .meta({ description: 'a socket that takes nothing for this long is cut' }),
  MAX_UNAUTHENTICATED_SOCKETS: envInteger(1, 1_000_000).prefault('1000').meta({
    description:
      'unauthenticated sockets that one address (IPv6: /64 network) may have; also its connections that have sent nothing',
  }),
  RATE_LIMIT_HANDSHAKES: envRate()
    .prefault('10000/1m')
    .meta({ description: 'sockets that one address may open in a time, such as 10000/1m' }),
  ALLOWED_ORIGINS: envOrigins().prefault('').meta({
    description: 'origins of web pages that may use the platform, besides those of this host',
  }),
  TRUSTED_PROXIES: envNetworks().prefault('').meta({
    description:
      'Addresses or networks whose X-Forwarded-For, -Proto and -Host (or Forwarded) are believed, separated by commas',
  }),
  ADVERTISED_HOST: envAdvertisedHost()
    .optional()
    .meta({ description: 'name or address to which clients are sent, if it is not HOST' }),
  ADVERTISED_PORT: envInteger(1, 65_535).optional().meta({
    description: 'port to which clients are sent, if it is not the one where the sockets listen',
  }),
  ADVERTISED_URL: envAdvertisedUrl().optional().meta({
    description:
      'URL to which clients are sent instead, such as wss://chat.example.com/socket; {id}, {host} and {port} stand for those of each chat server',
  }),
}

type Optional<T> = z.ZodOptional<z.ZodType<T, string>>
type Setting<T> = z.ZodPrefault<z.ZodType<T, string>>
type ChatVariables = {
  readonly MAX_DEVICES: Setting<number>
  readonly MAX_SOCKETS: Setting<number>
  readonly RATE_LIMIT_MESSAGES_PER_SECOND: Setting<number>
  readonly RATE_LIMIT_MESSAGE_BURST: Setting<number>
  readonly RATE_LIMIT_SOCKET_REQUESTS_PER_SECOND: Setting<number>
  readonly RATE_LIMIT_SOCKET_REQUEST_BURST: Setting<number>
  readonly RATE_LIMIT_REFUSALS: Setting<number>
  readonly HEARTBEAT_INTERVAL: Setting<number>
  readonly SLOW_READER_TIMEOUT: Setting<number>
  readonly MAX_UNAUTHENTICATED_SOCKETS: Setting<number>
  readonly RATE_LIMIT_HANDSHAKES: Setting<{ points: number; windowMs: number }>
  readonly ALLOWED_ORIGINS: Setting<readonly string[]>
  readonly TRUSTED_PROXIES: Setting<readonly string[]>
  readonly ADVERTISED_HOST: Optional<string>
  readonly ADVERTISED_PORT: Optional<number>
  readonly ADVERTISED_URL: Optional<string>
}

export type ChatSettings = z.output<z.ZodObject<ChatVariables>>

export function toChatConfig(settings: ChatSettings): ChatConfig {
  return {
    limits: {
      ...defaultLimits,
      messagesPerSecond: settings.RATE_LIMIT_MESSAGES_PER_SECOND,
      messageBurst: settings.RATE_LIMIT_MESSAGE_BURST,
      socketsPerUser: settings.MAX_SOCKETS,
      devicesPerUser: settings.MAX_DEVICES,
    },
    requestsPerSecond: settings.RATE_LIMIT_SOCKET_REQUESTS_PER_SECOND,
    requestBurst: settings.RATE_LIMIT_SOCKET_REQUEST_BURST,
    maxRefusals: settings.RATE_LIMIT_REFUSALS,
    heartbeatIntervalMs: settings.HEARTBEAT_INTERVAL,
    allowedOrigins: settings.ALLOWED_ORIGINS,
    trustedProxies: settings.TRUSTED_PROXIES,
    advertised: {
      host: settings.ADVERTISED_HOST ?? null,
      port: settings.ADVERTISED_PORT ?? null,
      url: settings.ADVERTISED_URL ?? null,
    },
    stuckMs: settings.SLOW_READER_TIMEOUT,
    maxUnauthenticatedPerAddress: settings.MAX_UNAUTHENTICATED_SOCKETS,
    handshakesPerAddress: settings.RATE_LIMIT_HANDSHAKES,
  }
}

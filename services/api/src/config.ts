import { usernameSchema } from '@rookery/protocol'
import {
  envDurationMs,
  envInteger,
  envList,
  envNetworks,
  envOrigins,
  envRate,
} from '@rookery/service-kit'
import { z } from 'zod'

/** At most `points` acts of one key in `windowMs`. */
export interface Rate {
  readonly points: number
  readonly windowMs: number
}

export interface ApiConfig {
  readonly accessTokenTtlMs: number
  /** A log-in ends this long after its last refresh. */
  readonly refreshIdleMs: number
  /** A log-in ends this long after it began. */
  readonly refreshAbsoluteMs: number
  readonly adminUsernames: ReadonlySet<string>
  /** Origins of web pages of other hosts that may call the api. */
  readonly allowedOrigins: readonly string[]
  /** Addresses or networks of proxies whose `X-Forwarded-…` headers are trusted. */
  readonly trustedProxies: readonly string[]
  /** The file of passwords that are known from breaches; null: there is none. */
  readonly breachedPasswords: string | null
  readonly passwordHash: { readonly memoryKib: number; readonly passes: number }
  readonly rates: {
    readonly registerPerAddress: Rate
    readonly logInPerAddress: Rate
    readonly logInPerAccount: Rate
    readonly logInPerAccountAndAddress: Rate
    readonly refreshPerAddress: Rate
    readonly requestsPerUser: Rate
    readonly messagesPerUser: Rate
  }
}

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** The policy settings of the api. The process that it runs in spreads them into its own. */
export const apiVariables: ApiVariables = {
  ACCESS_TOKEN_TTL: envDurationMs(1_000, 15 * minuteMs)
    .prefault('15m')
    .meta({
      description: 'How long an access token lives; at most 15m.',
    }),
  REFRESH_TOKEN_IDLE_TTL: envDurationMs(minuteMs, 365 * dayMs)
    .prefault('30d')
    .meta({
      description: 'A log-in ends when it has not been refreshed for this long.',
    }),
  REFRESH_TOKEN_TTL: envDurationMs(minuteMs, 3650 * dayMs)
    .prefault('180d')
    .meta({
      description: 'A log-in ends this long after it began, used or not.',
    }),
  ADMIN_USERNAMES: envList()
    .refine(
      (names) => names.every((name) => usernameSchema.safeParse(name).success),
      'must be usernames, separated by commas',
    )
    .prefault('')
    .meta({
      description: 'Usernames of those who may use the admin calls, separated by commas.',
    }),
  ALLOWED_ORIGINS: envOrigins().prefault('').meta({
    description:
      'Origins of web pages of other hosts that may use the platform, separated by commas.',
  }),
  TRUSTED_PROXIES: envNetworks().prefault('').meta({
    description:
      'Addresses or networks of proxies, separated by commas. Their X-Forwarded-For, -Proto and -Host (or Forwarded) headers are trusted.',
  }),
  BREACHED_PASSWORDS: z.string().prefault('').meta({
    description:
      'File of passwords that are refused because they are known from breaches: their SHA-1, sorted, in the format of haveibeenpwned.com.',
  }),
  PASSWORD_HASH_MEMORY_KIB: envInteger(19_456, 1_048_576).prefault('65536').meta({
    description: 'Memory of one argon2id password hash, in KiB.',
  }),
  PASSWORD_HASH_PASSES: envInteger(2, 100).prefault('3').meta({
    description: 'Passes of one argon2id password hash.',
  }),
  RATE_LIMIT_REGISTER: envRate().prefault('2000/10m').meta({
    description: 'Registrations from one address (IPv6: one /64 network, also in the next rows).',
  }),
  RATE_LIMIT_LOGIN_ADDRESS: envRate().prefault('300/5m').meta({
    description: 'Wrong passwords from one address.',
  }),
  RATE_LIMIT_LOGIN_ACCOUNT: envRate().prefault('100/5m').meta({
    description:
      'Wrong passwords for one account, from addresses that it has not logged in from within 30 days.',
  }),
  RATE_LIMIT_LOGIN: envRate().prefault('10/5m').meta({
    description:
      'Wrong passwords for one account from one address. The delay grows while they continue.',
  }),
  RATE_LIMIT_REFRESH: envRate().prefault('3000/1m').meta({
    description: 'Refreshes from one address.',
  }),
  RATE_LIMIT_REQUESTS: envRate().prefault('100/5s').meta({
    description: 'REST requests of one user.',
  }),
  RATE_LIMIT_MESSAGES: envRate().prefault('20/4s').meta({
    description: 'Messages of one user by REST.',
  }),
}

type Setting<T> = z.ZodPrefault<z.ZodType<T, string>>
type ApiVariables = {
  readonly ACCESS_TOKEN_TTL: Setting<number>
  readonly REFRESH_TOKEN_IDLE_TTL: Setting<number>
  readonly REFRESH_TOKEN_TTL: Setting<number>
  readonly ADMIN_USERNAMES: Setting<readonly string[]>
  readonly ALLOWED_ORIGINS: Setting<readonly string[]>
  readonly TRUSTED_PROXIES: Setting<readonly string[]>
  readonly BREACHED_PASSWORDS: Setting<string>
  readonly PASSWORD_HASH_MEMORY_KIB: Setting<number>
  readonly PASSWORD_HASH_PASSES: Setting<number>
  readonly RATE_LIMIT_REGISTER: Setting<Rate>
  readonly RATE_LIMIT_LOGIN_ADDRESS: Setting<Rate>
  readonly RATE_LIMIT_LOGIN_ACCOUNT: Setting<Rate>
  readonly RATE_LIMIT_LOGIN: Setting<Rate>
  readonly RATE_LIMIT_REFRESH: Setting<Rate>
  readonly RATE_LIMIT_REQUESTS: Setting<Rate>
  readonly RATE_LIMIT_MESSAGES: Setting<Rate>
}

export type ApiSettings = z.output<z.ZodObject<ApiVariables>>

export function toApiConfig(settings: ApiSettings): ApiConfig {
  return {
    accessTokenTtlMs: settings.ACCESS_TOKEN_TTL,
    refreshIdleMs: settings.REFRESH_TOKEN_IDLE_TTL,
    refreshAbsoluteMs: settings.REFRESH_TOKEN_TTL,
    adminUsernames: new Set(settings.ADMIN_USERNAMES.map((name) => name.toLowerCase())),
    allowedOrigins: settings.ALLOWED_ORIGINS,
    trustedProxies: settings.TRUSTED_PROXIES,
    breachedPasswords: settings.BREACHED_PASSWORDS === '' ? null : settings.BREACHED_PASSWORDS,
    passwordHash: {
      memoryKib: settings.PASSWORD_HASH_MEMORY_KIB,
      passes: settings.PASSWORD_HASH_PASSES,
    },
    rates: {
      registerPerAddress: settings.RATE_LIMIT_REGISTER,
      logInPerAddress: settings.RATE_LIMIT_LOGIN_ADDRESS,
      logInPerAccount: settings.RATE_LIMIT_LOGIN_ACCOUNT,
      logInPerAccountAndAddress: settings.RATE_LIMIT_LOGIN,
      refreshPerAddress: settings.RATE_LIMIT_REFRESH,
      requestsPerUser: settings.RATE_LIMIT_REQUESTS,
      messagesPerUser: settings.RATE_LIMIT_MESSAGES,
    },
  }
}

import { isWildcardHost } from '@rookery/service-kit'

/** The settings that say where clients reach this server; null: not set. */
export interface AdvertisedConfig {
  host: string | null
  port: number | null
  /** May hold `{id}`, `{host}` and `{port}`. */
  url: string | null
}

/** The address to which clients are sent. */
export interface AdvertisedAddress {
  host: string
  port: number
  /** Given to clients unchanged. If it is absent, the api makes a URL of host and port. */
  url?: string
}

export interface Listened {
  serverId: string
  host: string
  port: number
}

const schemePorts: Readonly<Record<string, number>> = { 'ws:': 80, 'wss:': 443 }
const loopback = '127.0.0.1'

export function advertisedAddress(config: AdvertisedConfig, at: Listened): AdvertisedAddress {
  const host = config.host ?? (isWildcardHost(at.host) ? loopback : at.host)
  const port = config.port ?? at.port
  if (config.url === null) return { host, port }
  const url = config.url
    .replaceAll('{id}', at.serverId)
    .replaceAll('{host}', host.includes(':') ? `[${host}]` : host)
    .replaceAll('{port}', String(port))
  const parsed = new URL(url)
  return {
    host: parsed.hostname.replaceAll(/[[\]]/g, ''),
    port: parsed.port === '' ? (schemePorts[parsed.protocol] ?? 0) : Number(parsed.port),
    url,
  }
}

/** True if clients are sent to the loopback address, because no setting names another one. */
export function isGuessed({ host, url }: AdvertisedConfig, listenHost: string): boolean {
  const usesHost = url === null || url.includes('{host}')
  return usesHost && host === null && isWildcardHost(listenHost)
}

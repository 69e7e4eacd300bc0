import { isIPv6 } from 'node:net'
import { z } from 'zod'
import { envHost } from './config-types.ts'

const maxUrlLength = 500
const urlMessage =
  'must be ws:// or wss:// with a host, without user, query and fragment, such as wss://chat.example.com/socket; {id}, {host} and {port} stand for the chat server’s'

/**
 * True for an address that stands for all addresses, such as 0.0.0.0. No client can connect to it.
 */
export function isWildcardHost(host: string): boolean {
  if (!isIPv6(host)) return /^0+(\.0+){0,3}$/.test(host)
  return ['[::]', '[::ffff:0:0]'].includes(new URL(`http://[${host}]`).hostname)
}

/** A host name or an IP address to which clients can connect. */
export function envAdvertisedHost(): z.ZodType<string, string> {
  return envHost().refine(
    (host) => !isWildcardHost(host),
    'must be a name or an address that clients can connect to',
  )
}

/** The URL of a socket. `{id}`, `{host}` and `{port}` stand for the chat server's own. */
export function envAdvertisedUrl(): z.ZodType<string, string> {
  return z.string().refine(isAdvertisedUrl, urlMessage)
}

function isAdvertisedUrl(text: string): boolean {
  const filled = text.replaceAll(/\{(id|host)\}/g, 'a').replaceAll('{port}', '1')
  if (filled.length > maxUrlLength || !/^wss?:\/\/[^\s\\?#{}@]+$/i.test(filled)) return false
  if (!/^[\x21-\x7e]+$/.test(filled) || !URL.canParse(filled)) return false
  const { hostname } = new URL(filled)
  return hostname !== '' && !isWildcardHost(hostname.replaceAll(/[[\]]/g, ''))
}

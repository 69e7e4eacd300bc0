import { isIP, isIPv6 } from 'node:net'

/** One hop of a `Forwarded` header (RFC 7239); the first one is the client's. */
export interface ForwardedHop {
  readonly for?: string
  readonly proto?: string
  readonly host?: string
}

const port = '(?::(?:\\d{1,5}|_[\\w.-]+))?'
const bracketed = new RegExp(`^\\[([^\\]]+)\\]${port}$`)
const dotted = new RegExp(`^(\\d{1,3}(?:\\.\\d{1,3}){3})${port}$`)

/**
 * The address in one part of `X-Forwarded-For`, or of `for=` in `Forwarded`: bare or with a port
 * (`192.0.2.1:80`, `[2001:db8::1]:80`), without its zone. An IPv4 address written as IPv6 becomes
 * the IPv4 address. Null: the part holds no address, such as `unknown` or `_hidden`.
 */
export function forwardedAddress(part: string): string | null {
  const text = part.trim()
  const [, inner = text] = bracketed.exec(text) ?? dotted.exec(text) ?? []
  return plainAddress(inner)
}

/** An address without its zone, and IPv4 written as IPv4; null if the text is no address. */
export function plainAddress(text: string): string | null {
  const [address = ''] = text.split('%')
  if (!isIPv6(address)) return isIP(address) === 4 ? address : null
  const whole = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(whole) ?? []
  if (high === undefined || low === undefined) return address
  const [left, right] = [parseInt(high, 16), parseInt(low, 16)]
  return [left >> 8, left & 255, right >> 8, right & 255].join('.')
}

/**
 * The hops of a `Forwarded` header, the client's first. Null: the header is malformed, and callers
 * ignore all of it.
 */
export function forwardedHops(header: string): ForwardedHop[] | null {
  const hops: ForwardedHop[] = []
  for (const element of splitOutsideQuotes(header, ',')) {
    const hop: Record<string, string> = {}
    for (const pair of splitOutsideQuotes(element, ';')) {
      const [, name = '', quoted, token = ''] =
        /^([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",;]+))$/.exec(pair) ?? []
      if (name === '') return null
      hop[name.toLowerCase()] = quoted === undefined ? token : quoted.replaceAll(/\\(.)/g, '$1')
    }
    hops.push(hop)
  }
  return hops
}

/** The trimmed parts. Empty parts are dropped, as in all lists in HTTP headers. */
function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = ['']
  let quoted = false
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i] ?? ''
    if (char === separator && !quoted) {
      parts.push('')
      continue
    }
    if (char === '"') quoted = !quoted
    const escaped = char === '\\' && quoted ? (text[(i += 1)] ?? '') : ''
    parts[parts.length - 1] += char + escaped
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

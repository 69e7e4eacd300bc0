import type { IncomingHttpHeaders } from 'node:http'

/** Browsers say which page opens a socket: pages of this very host may, and those listed. Other programs send no origin. */
export function isAllowedOrigin(
  { origin, host }: Pick<IncomingHttpHeaders, 'origin' | 'host'>,
  allowed: readonly string[],
): boolean {
  if (origin === undefined || allowed.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).hostname === hostnameOf(host)
}

function hostnameOf(host: string | undefined): string | null {
  const url = `http://${host ?? ''}`
  return URL.canParse(url) ? new URL(url).hostname : null
}

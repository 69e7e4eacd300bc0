/**
 * Browsers send the origin of the page that opens a socket. Pages of this host and of listed
 * origins may open one. Other programs send no origin, and may open one too.
 */
export function isAllowedOrigin(
  origin: string | undefined,
  /** The names by which the client may have reached this server. */
  hosts: readonly string[],
  allowed: readonly string[],
): boolean {
  if (origin === undefined || allowed.includes(origin)) return true
  if (!URL.canParse(origin)) return false
  const { hostname } = new URL(origin)
  return hosts.some((host) => hostnameOf(host) === hostname)
}

function hostnameOf(host: string): string | null {
  const url = `http://${host}`
  return URL.canParse(url) ? new URL(url).hostname : null
}

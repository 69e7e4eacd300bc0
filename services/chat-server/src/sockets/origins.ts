/** Browsers say which page opens a socket: pages of this very host may, and those listed. Other programs send no origin. */
export function isAllowedOrigin(
  origin: string | undefined,
  /** By which this server may have been asked for. */
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

/** The operating system's codes in words. */
const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  UND_ERR_SOCKET: 'connection closed',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name of the host could not be looked up',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  EADDRNOTAVAIL: 'no such address here',
  EACCES: 'not permitted',
  ETIMEDOUT: 'timed out',
  UND_ERR_CONNECT_TIMEOUT: 'timed out',
  EPROTO: 'TLS failed',
  ERR_SSL_WRONG_VERSION_NUMBER: 'TLS failed',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not trusted',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
}

/** `cannot reach <address>: <reason>`, or without a reason if none is known, as in browsers. */
export function cannotReach(address: string, error: unknown): string {
  const reason = reasonOf(error)
  return `cannot reach ${address}${reason === null ? '' : `: ${reason}`}`
}

/**
 * The reason of a failed connection, from the error or from the innermost of its causes that has
 * one.
 */
function reasonOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null
  const { name, message, code, cause } = error as Record<string, unknown>
  if (name === 'TimeoutError') return 'no answer in time'
  const inner = reasonOf(cause)
  if (inner !== null) return inner
  if (typeof code === 'string') return words[code] ?? code
  const status = /^Unexpected server response: (\d{3})$/.exec(String(message))?.[1]
  return status === undefined ? null : `it answered with HTTP ${status}`
}

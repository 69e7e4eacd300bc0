import type { TrustedProxies } from '@rookery/service-kit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** For answers that are no pages: nothing may run, load or be framed. Pages set another policy. */
const answerPolicy =
  "default-src 'none'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
const strictTransport = 'max-age=31536000; includeSubDomains'
const preflightSeconds = 600

/**
 * Adds headers for browsers to every answer. They forbid to guess types, to cache, to frame and to
 * send a referrer, and behind TLS demand TLS from then on. Pages of other origins may read answers
 * only if their origin is listed. Credentials are never allowed: the only cookie is for our own
 * pages, and so is the header that it needs (web-session.ts).
 */
export function addWebHygiene(
  app: FastifyInstance,
  allowedOrigins: readonly string[],
  proxies: TrustedProxies,
): void {
  const allowed = new Set(allowedOrigins)
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'content-security-policy': answerPolicy,
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      ...(proxies.isSecure(request.raw) && { 'strict-transport-security': strictTransport }),
    })
    if (allowed.size === 0) {
      void reply.header('cross-origin-resource-policy', 'same-origin')
      return
    }
    return allowOrigin(request, reply, allowed)
  })
}

function allowOrigin(
  { headers, method }: FastifyRequest,
  reply: FastifyReply,
  allowed: ReadonlySet<string>,
): FastifyReply | undefined {
  // A cache must not give the answer for one origin to another origin.
  void reply.header('vary', 'origin')
  const { origin } = headers
  if (origin === undefined || !allowed.has(origin)) return undefined
  void reply.headers({
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'retry-after',
    'cross-origin-resource-policy': 'cross-origin',
  })
  if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) {
    return undefined
  }
  return reply
    .headers({
      'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
      'access-control-allow-headers': 'authorization, content-type',
      'access-control-max-age': preflightSeconds,
    })
    .code(204)
    .send()
}

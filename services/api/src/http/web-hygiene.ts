import type { TrustedProxies } from '@rookery/service-kit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/**
 * For answers that are no pages: nothing in them may run, load, or be framed. Pages bring a policy
 * of their own.
 */
const answerPolicy =
  "default-src 'none'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
const strictTransport = 'max-age=31536000; includeSubDomains'
const preflightSeconds = 600

/**
 * What every answer tells browsers: not to guess types, not to cache, not to frame, not to say
 * where one came from; behind TLS, to come back by TLS only. Pages of other origins may read
 * answers only if listed; cookies are not used, so credentials are never allowed.
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
  // Caches must not give one origin's answer to another.
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

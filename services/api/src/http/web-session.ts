import { parse, serialize } from 'cookie'
import type { TrustedProxies } from '@rookery/service-kit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from './api-error.ts'

/** The mark of a page of ours. Pages of other sites cannot send it without our permission. */
const mark = 'x-rookery-web'
const cookieName = 'rookery_refresh'
const cookiePath = '/auth'

/**
 * Keeps the refresh token of our own pages out of reach of scripts: a request with the mark finds
 * its refresh token in a cookie, and the new one goes there, too. In bodies the token is then
 * empty. All other clients keep their refresh tokens themselves, as ever.
 *
 * A page of another site cannot use the cookie: browsers send it only to requests of this site
 * (`SameSite=Strict`), the mark makes them ask for permission first, which is never given, and a
 * request that says that it comes from elsewhere is refused.
 */
export function addWebSession(
  app: FastifyInstance,
  proxies: TrustedProxies,
  maxAgeMs: number,
): void {
  app.addHook('preValidation', async (request) => {
    if (!isMarked(request)) return
    refuseOtherSites(request)
    const { body } = request
    if (typeof body !== 'object' || body === null || !('refreshToken' in body)) return
    const kept = parse(request.headers.cookie ?? '')[cookieName]
    if (kept === undefined || kept === '')
      throw new ApiError('unauthorized', 'nobody is logged in on this page: log in')
    request.body = { ...body, refreshToken: kept }
  })
  app.addHook('preSerialization', async (request, reply, payload) => {
    if (!isMarked(request) || !hasRefreshToken(payload)) return payload
    setCookie(request, reply, payload.refreshToken, maxAgeMs)
    return { ...payload, refreshToken: '' }
  })
  app.addHook('onSend', async (request, reply) => {
    const { url } = request.routeOptions
    const isOver =
      (url === '/auth/logout' && reply.statusCode === 204) ||
      (url === '/auth/refresh' && reply.statusCode === 401)
    if (isMarked(request) && isOver) setCookie(request, reply, '', 0)
  })

  function setCookie(
    request: FastifyRequest,
    reply: FastifyReply,
    value: string,
    ageMs: number,
  ): void {
    void reply.header(
      'set-cookie',
      serialize(cookieName, value, {
        path: cookiePath,
        httpOnly: true,
        sameSite: 'strict',
        secure: proxies.isSecure(request.raw),
        maxAge: Math.floor(ageMs / 1_000),
      }),
    )
  }
}

function isMarked({ headers }: FastifyRequest): boolean {
  return headers[mark] !== undefined
}

/** @throws ApiError `forbidden` if the browser says that another site asks */
function refuseOtherSites({ headers }: FastifyRequest): void {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin')
    throw new ApiError('forbidden', 'only pages of this server may use its cookie')
}

function hasRefreshToken(payload: unknown): payload is { refreshToken: string } {
  return (
    typeof payload === 'object' &&
    payload !== null &&
    'refreshToken' in payload &&
    typeof payload.refreshToken === 'string'
  )
}

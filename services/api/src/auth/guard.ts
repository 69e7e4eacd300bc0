import type { Throttle } from '@rookery/directory'
import type { TrustedProxies } from '@rookery/service-kit'
import { type AccessClaims, type AccessTokens, TokenError } from '@rookery/tokens'
import type { FastifyRequest } from 'fastify'
import type { Rate } from '../config.ts'
import { ApiError, rateLimited } from '../http/api-error.ts'
import type { EndedFamilies } from './ended-families.ts'
import type { SecurityLog } from './security-log.ts'

export interface GuardDeps {
  readonly tokens: Pick<AccessTokens, 'verify'>
  readonly ended: Pick<EndedFamilies, 'has'>
  readonly throttle: Pick<Throttle, 'consume'>
  readonly adminUsernames: ReadonlySet<string>
  readonly requestsPerUser: Rate
  readonly security: Pick<SecurityLog, 'record'>
  readonly proxies: Pick<TrustedProxies, 'clientOf'>
}

/** Admits requests to a route by their bearer token, within the request rate of the user. */
export class Guard {
  readonly #deps: GuardDeps

  constructor(deps: GuardDeps) {
    this.#deps = deps
  }

  /** @throws ApiError `unauthorized`, `forbidden`, `rate_limited`; TokenError */
  async admit(request: FastifyRequest, needed: 'bearer' | 'admin'): Promise<AccessClaims> {
    const [, token] = /^Bearer +([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '') ?? []
    if (token === undefined) {
      throw new ApiError('unauthorized', 'send the header Authorization: Bearer <sessionToken>')
    }
    const { throttle, requestsPerUser, adminUsernames, security, proxies } = this.#deps
    const address = proxies.clientOf(request.raw)
    const claims = this.#verified(token, address)
    const { username } = claims
    const allowance = await throttle.consume('requests', username, 1, requestsPerUser)
    if (!allowance.allowed) {
      security.record('limited', { what: 'requests', username })
      throw rateLimited(allowance.retryAfterMs)
    }
    if (needed === 'admin' && !adminUsernames.has(username)) {
      security.record('admin_refused', { username, address })
      throw new ApiError('forbidden', 'only admins of the platform may do this')
    }
    return claims
  }

  #verified(token: string, address: string): AccessClaims {
    const { tokens, ended, security } = this.#deps
    try {
      const claims = tokens.verify(token)
      if (!ended.has(claims.familyId)) return claims
    } catch (error) {
      // Expired tokens are normal for clients, and no event of security.
      if (!(error instanceof TokenError && error.code === 'expired')) {
        security.record('token_refused', { what: 'invalid', address })
      }
      throw error
    }
    security.record('token_refused', { what: 'ended', address })
    throw new ApiError('unauthorized', 'this log-in has ended: log in again')
  }
}

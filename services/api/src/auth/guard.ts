import type { Throttle } from '@rookery/directory'
import type { AccessClaims, AccessTokens } from '@rookery/tokens'
import type { FastifyRequest } from 'fastify'
import type { Rate } from '../config.ts'
import { ApiError, rateLimited } from '../http/api-error.ts'
import type { EndedFamilies } from './ended-families.ts'

export interface GuardDeps {
  readonly tokens: Pick<AccessTokens, 'verify'>
  readonly ended: Pick<EndedFamilies, 'has'>
  readonly throttle: Pick<Throttle, 'consume'>
  readonly adminUsernames: ReadonlySet<string>
  readonly requestsPerUser: Rate
}

/** Decides who is let in to a route: by the bearer token, and no more often than the user may ask. */
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
    const claims = this.#deps.tokens.verify(token)
    if (this.#deps.ended.has(claims.familyId)) {
      throw new ApiError('unauthorized', 'this log-in has ended')
    }
    const { throttle, requestsPerUser, adminUsernames } = this.#deps
    const { username } = claims
    const allowance = await throttle.consume('requests', username, 1, requestsPerUser)
    if (!allowance.allowed) throw rateLimited(allowance.retryAfterMs)
    if (needed === 'admin' && !adminUsernames.has(username)) {
      throw new ApiError('forbidden', 'only for admins of the platform')
    }
    return claims
  }
}

import {
  restErrorSchema,
  type RestAnswer,
  type RestRoute,
  type RestRouteName,
  restRoutes,
} from '@rookery/protocol'
import type { TrustedProxies } from '@rookery/service-kit'
import type { AccessClaims } from '@rookery/tokens'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Guard } from '../auth/guard.ts'
import { rateLimited } from './api-error.ts'
import type { Turns } from './turns.ts'

const retryAfterMs = 1_000

type Routes = typeof restRoutes
type Part<Name extends RestRouteName, Key extends 'params' | 'query' | 'body'> =
  Routes[Name] extends Record<Key, infer Schema extends z.ZodType> ? z.output<Schema> : undefined

/** A request whose every part has passed the protocol's schema. */
export interface RouteInput<Name extends RestRouteName> {
  readonly params: Part<Name, 'params'>
  readonly query: Part<Name, 'query'>
  readonly body: Part<Name, 'body'>
  /** The user who asks; undefined on routes that need no token. */
  readonly user: Routes[Name]['auth'] extends 'none' ? undefined : AccessClaims
  /** The client's address. */
  readonly address: string
  /** Whether the client came by TLS, which ends at a trusted proxy. */
  readonly secure: boolean
  /** The `user-agent` header of the client. */
  readonly userAgent: string | undefined
  /** Unique among this process's requests. */
  readonly requestId: string
}

/** Void if the call answers 204. */
type RouteAnswer<Name extends RestRouteName> =
  RestAnswer<Name> extends undefined ? void : RestAnswer<Name>

export interface Router {
  readonly app: FastifyInstance
  readonly guard: Guard
  readonly proxies: TrustedProxies
  /** Bounds the reads of each user. */
  readonly turns: Turns
}

/**
 * Serves a call of the protocol. The call's description says what input and which user it takes.
 */
export function addRoute<Name extends RestRouteName>(
  { app, guard, proxies, turns }: Router,
  name: Name,
  handle: (input: RouteInput<Name>) => Promise<RouteAnswer<Name>>,
): void {
  const route: RestRoute = restRoutes[name]
  app.route({
    method: route.method,
    url: route.path,
    schema: schemaOf(name, route),
    onRequest: async (request) => {
      if (route.auth !== 'none') users.set(request, await guard.admit(request, route.auth))
    },
    preHandler: async (request, reply) => {
      const user = users.get(request)
      if (route.method === 'GET' && user !== undefined) await takeTurn(turns, user.username, reply)
    },
    handler: async (request, reply) => {
      const input = {
        params: request.params,
        query: request.query,
        body: request.body,
        user: users.get(request),
        address: proxies.clientOf(request.raw),
        secure: proxies.isSecure(request.raw),
        userAgent: request.headers['user-agent'],
        requestId: request.id,
      } as RouteInput<Name>
      const answer = await handle(input)
      return reply.code(route.status).send(answer)
    },
  })
}

/**
 * Takes a turn of the user, and leaves it when the answer has been sent or the client is gone.
 *
 * @throws ApiError `rate_limited`
 */
async function takeTurn(turns: Turns, username: string, reply: FastifyReply): Promise<void> {
  const turn = turns.enter(username)
  if (turn === null) throw rateLimited(retryAfterMs)
  const leave = await turn
  reply.raw.once('finish', leave).once('close', leave)
  if (reply.raw.destroyed) {
    leave()
    reply.hijack()
  }
}

const users = new WeakMap<FastifyRequest, AccessClaims>()

function schemaOf(name: string, route: RestRoute): Record<string, unknown> {
  return {
    operationId: name,
    tags: [tagOf(route.path)],
    summary: route.summary,
    ...(route.params && { params: route.params }),
    ...(route.query && { querystring: route.query }),
    ...(route.body && { body: route.body }),
    ...(route.auth !== 'none' && { security: [{ bearer: [] }] }),
    response: {
      [route.status]: route.status === 204 ? z.null().meta({ description: 'Done' }) : route.answer,
      default: restErrorSchema,
    },
  }
}

/** Groups the calls on the documents page. */
function tagOf(path: string): string {
  const [, first = ''] = path.split('/')
  return ['servers', 'cluster'].includes(first) ? 'platform' : first
}

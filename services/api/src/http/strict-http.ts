import type { FastifyInstance } from 'fastify'
import type { IncomingMessage } from 'node:http'
import { ApiError } from './api-error.ts'

/** Refuses what Node's parser lets pass and RFC 9112 does not: two hosts (section 3.2), and versions before 1.0. */
export function addStrictHttp(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw }) => {
    if (raw.httpVersionMajor !== 1 || hostsOf(raw) > 1) {
      throw new ApiError('invalid_input', 'the request is not valid HTTP')
    }
  })
}

/** The path of a target with scheme and host, which every server must take (RFC 9112, section 3.2.2). */
export function originForm({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  const path = /^https?:\/\/[^/?#]*(.*)$/i.exec(url)?.[1]
  if (path === undefined) return url
  return path.startsWith('/') ? path : `/${path}`
}

function hostsOf({ rawHeaders }: IncomingMessage): number {
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === 'host') hosts++
  }
  return hosts
}

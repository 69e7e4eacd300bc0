import { isDecodable } from '@rookery/service-kit'
import type { FastifyInstance } from 'fastify'
import type { IncomingMessage } from 'node:http'
import { ApiError, unsupported } from './api-error.ts'

/**
 * Refuses requests that Node's parser accepts:
 * - RFC 9112 forbids two `Host` headers (section 3.2), and versions before 1.0.
 * - A transfer coding other than `chunked`, or a query that is not UTF-8, would be misread.
 */
export function addStrictHttp(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw }) => {
    if (raw.httpVersionMajor !== 1 || hostsOf(raw) > 1) {
      throw new ApiError('invalid_input', 'the request is not valid HTTP')
    }
    const coding = raw.headers['transfer-encoding'] ?? 'chunked'
    if (coding.trim().toLowerCase() !== 'chunked')
      throw unsupported('the only supported transfer-encoding is chunked')
    if (!isDecodable(raw.url?.split('?', 2)[1] ?? ''))
      throw new ApiError('invalid_input', 'the query is not valid UTF-8 in percent-encoding')
  })
}

/**
 * The path of a request target. Every server must accept a target with scheme and host, too (RFC
 * 9112, section 3.2.2).
 */
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

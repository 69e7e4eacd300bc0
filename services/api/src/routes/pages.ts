import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { ChatServerPicker } from '../chat-server-picker.ts'

/** Names of built files hold a hash of their content. */
const hashed = /\/assets\//
const yearSeconds = 365 * 24 * 3_600

/**
 * The chat app at `/` and the console at `/console`, as built by the workspace `web`. Without a
 * build these paths are not served.
 *
 * @returns false if there is no build
 */
export async function addPages(
  app: FastifyInstance,
  chatServers: Pick<ChatServerPicker, 'hosts'>,
): Promise<boolean> {
  const root = builtPages()
  if (root === null) return false
  await app.register(fastifyStatic, {
    root,
    serve: false,
    preCompressed: true,
    cacheControl: false,
    etag: true,
    setHeaders: (reply, path) => {
      void reply.header(
        'cache-control',
        hashed.test(path) ? `public, max-age=${yearSeconds}, immutable` : 'no-cache',
      )
    },
  })
  const page =
    (file: string, trustedTypes: string) => async (_request: unknown, reply: FastifyReply) => {
      void reply.header('content-security-policy', pagePolicy(chatServers.hosts(), trustedTypes))
      return reply.sendFile(file)
    }
  const hidden = { schema: { hide: true } }
  for (const path of ['/', '/app', '/app/*'])
    app.get(path, hidden, page('index.html', 'rookery-worker'))
  for (const path of ['/console', '/console/*'])
    app.get(path, hidden, page('console.html', "'none'"))
  app.get('/sw.js', hidden, async (_request, reply) => {
    void reply.header('content-security-policy', "default-src 'none'; connect-src 'self'")
    return reply.sendFile('sw.js')
  })
  for (const icon of ['icon.svg', 'icon-unread.svg'])
    app.get(`/${icon}`, hidden, async (_request, reply) => reply.sendFile(icon))
  app.get('/assets/*', hidden, async (request, reply) => {
    const { '*': name } = request.params as { '*': string }
    void reply.header('content-security-policy', "default-src 'none'; style-src 'self'")
    return reply.sendFile(join('assets', name))
  })
  return true
}

/**
 * What a page may load: only files of this server. It may open sockets to the hosts of the known
 * chat servers, and to this server's own host.
 */
function pagePolicy(hosts: readonly string[], trustedTypes: string): string {
  const sockets = hosts.flatMap((host) => [`ws://${host}:*`, `wss://${host}:*`])
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "manifest-src 'self'",
    ["connect-src 'self'", ...sockets].join(' '),
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    `trusted-types ${trustedTypes}`,
  ].join('; ')
}

function builtPages(): string | null {
  try {
    const manifest = createRequire(import.meta.url).resolve('@rookery/web/package.json')
    const dist = join(dirname(manifest), 'dist')
    return existsSync(join(dist, 'index.html')) ? dist : null
  } catch {
    return null
  }
}

import { createServer, type Server } from 'node:http'
import {
  boundPipelining,
  listen,
  opsRoutes,
  type Metrics,
  type Readiness,
} from '@rookery/service-kit'

/**
 * Serves `/health`, `/ready` and `/metrics` on a port of their own: for services that serve no
 * other requests, and while a service waits for its engines.
 */
export async function serveOps(
  { host, port }: { host: string; port: number },
  options: { readiness: Readiness; metrics: Metrics },
): Promise<{ close(): Promise<void> }> {
  const ops = opsRoutes(options)
  const server: Server = createServer(
    { requestTimeout: 10_000, headersTimeout: 10_000 },
    (request, response) => {
      if (ops(request, response)) return
      response.writeHead(404, { 'content-type': 'application/json; charset=utf-8' })
      response.end('{"error":{"code":"not_found","message":"there is nothing here"}}')
    },
  )
  boundPipelining(server)
  await listen(server, { host, port })
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

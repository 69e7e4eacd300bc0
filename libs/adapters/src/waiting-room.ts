import { createServer, type Server } from 'node:http'
import {
  boundPipelining,
  listen,
  opsRoutes,
  type Metrics,
  type Readiness,
} from '@rookery/service-kit'

/**
 * Serves only `/health`, `/ready` and `/metrics`: for a service that has no other requests, and for
 * every service while it waits for its engines.
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
      response.end(
        '{"error":{"code":"not_found","message":"this port serves only /health, /ready and /metrics"}}',
      )
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

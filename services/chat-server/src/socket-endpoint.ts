import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer, type ServerOptions } from 'ws'
import { closeCodes, connectQuerySchema } from '@rookery/protocol'
import type { OpsHandler } from '@rookery/service-kit'
import { Connection } from './connection.ts'
import type { ChatContext } from './context.ts'
import { isAllowedOrigin } from './origins.ts'
import { RequestError } from './request-error.ts'

const subprotocol = 'rookery.v1'
const headersTimeoutMs = 10_000
const closeTimeoutMs = 1_000
const maxFragments = 64
const maxBufferedChunks = 4_096

/** ws's options that its types do not know yet. */
interface GuardedOptions extends ServerOptions {
  maxFragments: number
  maxBufferedChunks: number
  closeTimeout: number
}

/**
 * Where sockets are opened. Every upgrade is accepted and refused, if need be, with a close code: browsers cannot read an HTTP status.
 */
export class SocketEndpoint {
  readonly connections: Map<string, Connection> = new Map()
  readonly #ctx: ChatContext
  readonly #http: Server
  readonly #sockets: WebSocketServer
  readonly #unauthenticated = new Map<string, number>()

  constructor(ctx: ChatContext, ops: OpsHandler) {
    this.#ctx = ctx
    const options: GuardedOptions = {
      noServer: true,
      maxPayload: ctx.config.limits.maxFrameBytes,
      maxFragments,
      maxBufferedChunks,
      closeTimeout: closeTimeoutMs,
      perMessageDeflate: false,
      clientTracking: false,
      handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
    }
    this.#sockets = new WebSocketServer(options)
    this.#http = createServer(
      {
        headersTimeout: headersTimeoutMs,
        requestTimeout: headersTimeoutMs,
        connectionsCheckingInterval: 1_000,
      },
      (request, response) => {
        if (ops(request, response)) return
        response.writeHead(426, { 'content-type': 'application/json; charset=utf-8' })
        const message = 'this port speaks WebSocket'
        response.end(JSON.stringify({ error: { code: 'not_found', message } }))
      },
    )
    this.#http.on('upgrade', (request, socket, head) => {
      this.#sockets.handleUpgrade(request, socket, head, (ws) => {
        this.#accept(new Connection(ctx, ws, socket as Socket), request)
      })
    })
    this.#http.on('clientError', (_error, socket) => socket.destroy())
  }

  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject)
      this.#http.listen(port, host, resolve)
    })
    return (this.#http.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    for (const connection of this.connections.values()) connection.terminate()
    await new Promise((resolve) => {
      this.#http.close(resolve)
      this.#http.closeAllConnections()
    })
  }

  #accept(connection: Connection, request: IncomingMessage): void {
    this.connections.set(connection.id, connection)
    const address = connection.remoteAddress
    this.#unauthenticated.set(address, (this.#unauthenticated.get(address) ?? 0) + 1)
    let counted = true
    const known = (): void => {
      if (!counted) return
      counted = false
      const left = (this.#unauthenticated.get(address) ?? 1) - 1
      if (left > 0) this.#unauthenticated.set(address, left)
      else this.#unauthenticated.delete(address)
    }
    connection.onAuthenticated = known
    connection.onClosed = () => {
      known()
      this.connections.delete(connection.id)
    }
    if (!isAllowedOrigin(request.headers, this.#ctx.config.allowedOrigins)) {
      const error = new RequestError('forbidden', 'pages of this origin may not connect')
      connection.fail(error, closeCodes.protocolError)
      return
    }
    const waiting = this.#unauthenticated.get(address) ?? 0
    if (waiting > this.#ctx.config.maxUnauthenticatedPerAddress) {
      const retryAfterMs = 1_000
      const error = new RequestError('rate_limited', 'too many sockets', { retryAfterMs })
      connection.fail(error, closeCodes.rateLimited)
      return
    }
    if (this.#ctx.draining) {
      connection.close(closeCodes.serviceRestart, 'draining')
      return
    }
    this.#authenticateByQuery(connection, request.url ?? '')
  }

  #authenticateByQuery(connection: Connection, url: string): void {
    const query = new URL(url, 'http://server').searchParams
    if (!query.has('token')) return
    const parsed = connectQuerySchema.safeParse(Object.fromEntries(query))
    if (parsed.success) connection.handle({ type: 'authenticate', ...parsed.data })
    else connection.failUnauthenticated()
  }
}

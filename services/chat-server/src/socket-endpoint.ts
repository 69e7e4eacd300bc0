import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer, type Server as SocketServer, type ServerOptions } from 'ws'
import { closeCodes, connectQuerySchema } from '@rookery/protocol'
import {
  boundPipelining,
  isDecodable,
  type OpsHandler,
  steadyNow,
  TrustedProxies,
} from '@rookery/service-kit'
import { Admission } from './admission.ts'
import { ChatSocket } from './chat-socket.ts'
import { Connection } from './connection.ts'
import type { ChatContext } from './context.ts'
import { isAllowedOrigin } from './origins.ts'
import { RequestError } from './request-error.ts'

const subprotocol = 'rookery.v1'
/** With the interval of the checks, a request that dribbles in is cut within 10 s. */
const requestTimeoutMs = 8_000
const stuckMs = 40_000
const closeTimeoutMs = 1_000
const maxFragments = 64
const maxBufferedChunks = 4_096

const faultStatuses: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
}

/** ws's options that its types do not know yet. */
interface GuardedOptions extends ServerOptions<typeof ChatSocket> {
  maxFragments: number
  maxBufferedChunks: number
  closeTimeout: number
  maxPendingAutoPongs: number
}

/**
 * Where sockets are opened. Every upgrade is accepted and refused, if need be, with a close code: browsers cannot read an HTTP status.
 */
export class SocketEndpoint {
  readonly connections: Map<string, Connection> = new Map()
  readonly #ctx: ChatContext
  readonly #http: Server
  readonly #sockets: SocketServer<typeof ChatSocket>
  readonly #admission: Admission
  readonly #proxies: TrustedProxies
  /** To be called when a connection becomes a socket. */
  readonly #opening = new WeakMap<object, () => void>()

  constructor(ctx: ChatContext, ops: OpsHandler) {
    this.#ctx = ctx
    this.#admission = new Admission(ctx.config)
    this.#proxies = new TrustedProxies(ctx.config.trustedProxies)
    const options: GuardedOptions = {
      noServer: true,
      WebSocket: ChatSocket,
      maxPayload: ctx.config.limits.maxFrameBytes,
      maxFragments,
      maxBufferedChunks,
      closeTimeout: closeTimeoutMs,
      // A connection counts its pings itself, and says why it closes.
      maxPendingAutoPongs: 0,
      perMessageDeflate: false,
      clientTracking: false,
      handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
    }
    this.#sockets = new WebSocketServer(options)
    this.#http = createServer(
      {
        headersTimeout: requestTimeoutMs,
        requestTimeout: requestTimeoutMs,
        // Often, so that few are cut at a time.
        connectionsCheckingInterval: 250,
      },
      (request, response) => {
        if (ops(request, response)) return
        response.writeHead(426, {
          'content-type': 'application/json; charset=utf-8',
          'x-content-type-options': 'nosniff',
          'cache-control': 'no-store',
          upgrade: 'websocket',
          // What it may still be sending is not waited for.
          connection: 'upgrade, close',
        })
        const message = 'this port speaks WebSocket'
        response.end(JSON.stringify({ error: { code: 'not_found', message } }))
      },
    )
    // Of who asks something else than a socket, and takes nothing of the answer.
    this.#http.timeout = stuckMs
    boundPipelining(this.#http)
    this.#http.on('connection', (socket) => this.#connected(socket))
    this.#http.on('upgrade', (request, socket, head) => {
      this.#opening.get(socket)?.()
      this.#sockets.handleUpgrade(request, socket, head, (ws) => {
        this.#accept(new Connection(ctx, ws, socket as Socket), request)
      })
    })
    this.#http.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      const status = faultStatuses[error.code ?? ''] ?? 400
      const line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`
      if (socket.writable) socket.write(`${line}\r\nconnection: close\r\n\r\n`)
      ;(socket as Socket).destroySoon()
    })
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

  /** Every second. */
  sweep(nowMs: number): void {
    this.#admission.sweep(nowMs)
  }

  /** Who opens connections and says nothing is stopped before anybody listens; a proxy's are many people's. */
  #connected(socket: Socket): void {
    const address = socket.remoteAddress ?? ''
    if (this.#proxies.isProxy(address)) return
    const begun = this.#admission.connect(address, steadyNow())
    if (begun === null) {
      this.#ctx.counters.unwelcome.inc({ reason: 'too_many_silent' })
      socket.destroy()
      return
    }
    this.#opening.set(socket, begun)
    socket.once('close', begun)
  }

  #accept(connection: Connection, request: IncomingMessage): void {
    this.connections.set(connection.id, connection)
    const admitted = this.#admission.admit(this.#proxies.clientOf(request), steadyNow())
    const known = admitted.ok ? admitted.known : (): void => undefined
    connection.onAuthenticated = known
    connection.onClosed = () => {
      known()
      this.connections.delete(connection.id)
    }
    const hosts = this.#proxies.hostsOf(request)
    if (!isAllowedOrigin(request.headers.origin, hosts, this.#ctx.config.allowedOrigins)) {
      this.#ctx.counters.unwelcome.inc({ reason: 'origin' })
      const error = new RequestError('forbidden', 'pages of this origin may not connect')
      connection.fail(error, closeCodes.protocolError)
      return
    }
    if (!admitted.ok) {
      this.#ctx.counters.unwelcome.inc({ reason: 'too_many' })
      const { retryAfterMs } = admitted
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
    // Anything may stand there, also what `new URL` throws on.
    const text = url.split('?', 2)[1] ?? ''
    const query = new URLSearchParams(text)
    if (!query.has('token')) return
    const parsed = connectQuerySchema.safeParse(Object.fromEntries(query))
    if (parsed.success && isDecodable(text))
      connection.handle({ type: 'authenticate', ...parsed.data })
    else connection.failUnauthenticated()
  }
}

import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer, type Server as SocketServer, type ServerOptions } from 'ws'
import { closeCodes, connectQuerySchema } from '@rookery/protocol'
import {
  boundPipelining,
  isDecodable,
  listen,
  type OpsHandler,
  steadyNow,
  TrustedProxies,
} from '@rookery/service-kit'
import type { ChatConfig } from '../config.ts'
import type { ChatCounters } from '../counters.ts'
import { RequestError } from '../request-error.ts'
import { Admission } from './admission.ts'
import { ChatSocket } from './chat-socket.ts'
import { Connection, type ConnectionDeps } from './connection.ts'
import { isAllowedOrigin } from './origins.ts'

/** What the endpoint needs of the server; most of it is for its connections. */
export interface SocketEndpointDeps extends ConnectionDeps {
  config: ConnectionDeps['config'] &
    Pick<
      ChatConfig,
      | 'limits'
      | 'trustedProxies'
      | 'allowedOrigins'
      | 'maxUnauthenticatedPerAddress'
      | 'handshakesPerAddress'
    >
  counters: ConnectionDeps['counters'] & Pick<ChatCounters, 'unwelcome'>
  isDraining: () => boolean
}

const subprotocol = 'rookery.v1'
/** With the interval of the checks added, a request that arrives slowly is cut within 10 s. */
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
 * Where sockets are opened. Every upgrade is accepted. A refusal is a close code, because browsers
 * cannot read an HTTP status.
 */
export class SocketEndpoint {
  readonly connections: Map<string, Connection> = new Map()
  readonly #deps: SocketEndpointDeps
  readonly #http: Server
  readonly #sockets: SocketServer<typeof ChatSocket>
  readonly #admission: Admission
  readonly #proxies: TrustedProxies
  /** By TCP connection: the function to call when it becomes a WebSocket. */
  readonly #opening = new WeakMap<object, () => void>()

  constructor(deps: SocketEndpointDeps, ops: OpsHandler) {
    this.#deps = deps
    this.#admission = new Admission(deps.config)
    this.#proxies = new TrustedProxies(deps.config.trustedProxies)
    const options: GuardedOptions = {
      noServer: true,
      WebSocket: ChatSocket,
      maxPayload: deps.config.limits.maxFrameBytes,
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
        // A short interval, so that few connections are cut at a time.
        connectionsCheckingInterval: 250,
      },
      (request, response) => {
        if (ops(request, response)) return
        response.writeHead(426, {
          'content-type': 'application/json; charset=utf-8',
          'x-content-type-options': 'nosniff',
          'cache-control': 'no-store',
          upgrade: 'websocket',
          // So that the rest of the request is not waited for.
          connection: 'upgrade, close',
        })
        const message = 'this port speaks WebSocket'
        response.end(JSON.stringify({ error: { code: 'not_found', message } }))
      },
    )
    // Cuts clients that ask for no socket and do not read the answer.
    this.#http.timeout = stuckMs
    boundPipelining(this.#http)
    this.#http.on('connection', (socket) => this.#connected(socket))
    this.#http.on('upgrade', (request, socket, head) => {
      this.#opening.get(socket)?.()
      this.#sockets.handleUpgrade(request, socket, head, (ws) => {
        this.#accept(new Connection(deps, ws, socket as Socket), request)
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
    await listen(this.#http, { host, port })
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

  /** Limits silent connections by address. A proxy is exempt: it connects for many clients. */
  #connected(socket: Socket): void {
    const address = socket.remoteAddress ?? ''
    if (this.#proxies.isProxy(address)) return
    const uncount = this.#admission.connect(address, steadyNow())
    if (uncount === null) {
      this.#deps.counters.unwelcome.inc({ reason: 'too_many_silent' })
      socket.destroy()
      return
    }
    this.#opening.set(socket, uncount)
    socket.once('close', uncount)
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
    if (!isAllowedOrigin(request.headers.origin, hosts, this.#deps.config.allowedOrigins)) {
      this.#deps.counters.unwelcome.inc({ reason: 'origin' })
      const error = new RequestError(
        'forbidden',
        'pages of this origin may not connect: use one that the server allows',
      )
      connection.fail(error, closeCodes.protocolError)
      return
    }
    if (!admitted.ok) {
      this.#deps.counters.unwelcome.inc({ reason: 'too_many' })
      const { retryAfterMs } = admitted
      const error = new RequestError(
        'rate_limited',
        'too many sockets from this address, come back later',
        { retryAfterMs },
      )
      connection.fail(error, closeCodes.rateLimited)
      return
    }
    if (this.#deps.isDraining()) {
      connection.close(closeCodes.serviceRestart, 'draining')
      return
    }
    this.#authenticateByQuery(connection, request.url ?? '')
  }

  #authenticateByQuery(connection: Connection, url: string): void {
    // A client may send anything here, even text on which `new URL` throws.
    const text = url.split('?', 2)[1] ?? ''
    const query = new URLSearchParams(text)
    if (!query.has('token')) return
    const parsed = connectQuerySchema.safeParse(Object.fromEntries(query))
    if (parsed.success && isDecodable(text))
      connection.handle({ type: 'authenticate', ...parsed.data })
    else connection.failUnauthenticated()
  }
}

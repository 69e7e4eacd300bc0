import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { defaultLimits, parseClientFrame } from '@rookery/protocol'
import type { ClientFrame, Limits, ServerFrame } from '@rookery/protocol'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { FakeChat } from './fake-chat.ts'
import { answerFrame } from './fake-frames.ts'
import type { FramePeer, Repeats } from './fake-frames.ts'
import { answerRest, FakeLogins } from './fake-rest.ts'
import type { RestReply, RestRequest } from './fake-rest.ts'

/** One socket of a client, from the server's side. */
export interface FakeSocket extends FramePeer {
  readonly ws: WebSocket
  readonly serverId: string
  /** Every frame that the client sent, in order, `authenticate` first. */
  readonly received: ClientFrame[]
  /** Sends exactly this text, without the hooks. */
  sendText(text: string): void
}

interface ChatListener {
  id: string
  http: Server
  port: number
}

/**
 * A server in memory that keeps the protocol until a hook makes it misbehave, for tests of clients.
 * Several chat servers share one chat. `GET /servers` names `preferred`.
 */
export class FakeServer {
  readonly chat: FakeChat = new FakeChat()
  readonly logins: FakeLogins = new FakeLogins()
  readonly sockets: FakeSocket[] = []
  /** Every frame of every socket in the order of arrival. */
  readonly frames: { frame: ClientFrame; socket: FakeSocket }[] = []
  readonly restCalls: string[] = []
  /** The index of the chat server to which new clients are sent. */
  preferred = 0
  heartbeatIntervalMs = 10_000
  limits: Limits = { ...defaultLimits, messagesPerSecond: 1000, messageBurst: 20 }

  /** Sees each frame before it is handled. It returns true if it has handled the frame. */
  onFrame: (frame: ClientFrame, socket: FakeSocket) => boolean = () => false
  /** Sees each frame before it is sent. Its result is sent instead. */
  onSend: (frame: ServerFrame, socket: FakeSocket) => ServerFrame[] = (frame) => [frame]
  /** Sees each call before it is handled. Its reply, if any, is the answer. */
  onRest: (request: RestRequest) => RestReply | null | Promise<RestReply | null> = () => null

  readonly #repeats: Repeats = new Map()
  readonly #chatServers: ChatListener[] = []
  readonly #changed = new Set<() => void>()
  #rest: ChatListener | null = null

  static async start(chatServers = 1): Promise<FakeServer> {
    const server = new FakeServer()
    server.#rest = await listen('api', (request) => server.#answer(request))
    for (let index = 0; index < chatServers; index++) {
      const id = `chat-${index + 1}`
      const listener = await listen(id, async () => ({ status: 404 }))
      const wss = new WebSocketServer({ server: listener.http })
      wss.on('connection', (ws) => server.#connected(ws, id))
      server.#chatServers.push(listener)
    }
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${this.#rest?.port ?? 0}`
  }

  get open(): FakeSocket[] {
    return this.sockets.filter(({ ws }) => ws.readyState === ws.OPEN)
  }

  /** All frames of one type that clients sent. */
  sent<Type extends ClientFrame['type']>(type: Type): Extract<ClientFrame, { type: Type }>[] {
    return this.frames
      .map(({ frame }) => frame)
      .filter((frame): frame is Extract<ClientFrame, { type: Type }> => frame.type === type)
  }

  /** Resolves when `condition` holds. It is checked after every frame in either direction. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        const changed = () => {
          this.#changed.delete(changed)
          resolve()
        }
        this.#changed.add(changed)
      })
    }
  }

  toUsers(usernames: Iterable<string>, frame: ServerFrame): void {
    const receivers = new Set(usernames)
    for (const socket of this.open) if (receivers.has(socket.username)) socket.send(frame)
  }

  /** Stops one chat server: cuts its sockets and refuses new ones. */
  async stopChatServer(index: number): Promise<void> {
    const listener = this.#chatServers[index]
    if (listener === undefined) return
    for (const { ws, serverId } of this.sockets) if (serverId === listener.id) ws.terminate()
    await shut(listener.http)
  }

  async close(): Promise<void> {
    for (const { ws } of this.sockets) ws.terminate()
    for (const { http } of this.#chatServers) await shut(http)
    if (this.#rest !== null) await shut(this.#rest.http)
  }

  async #answer(request: RestRequest): Promise<RestReply> {
    this.restCalls.push(`${request.method} ${request.path}`)
    const scripted = await this.onRest(request)
    const reply = scripted ?? answerRest(request, this.chat, this.logins, () => this.#server())
    this.#notify()
    return reply
  }

  #server(): { id: string; host: string; port: number; url: string } {
    const { id, port } = this.#chatServers[this.preferred] ?? { id: 'none', port: 0 }
    return { id, host: '127.0.0.1', port, url: `ws://127.0.0.1:${port}/` }
  }

  #connected(ws: WebSocket, serverId: string): void {
    let username = ''
    let session = ''
    const socket: FakeSocket = {
      ws,
      serverId,
      received: [],
      get username() {
        return username
      },
      get session() {
        return session
      },
      send: (frame) => {
        for (const changed of this.onSend(frame, socket)) ws.send(JSON.stringify(changed))
        this.#notify()
      },
      sendText: (text) => ws.send(text),
      toUsers: (usernames, frame) => this.toUsers(usernames, frame),
    }
    this.sockets.push(socket)
    this.#notify()
    ws.on('close', () => this.#notify())
    ws.on('error', () => this.#notify())
    ws.on('message', (data: Buffer) => {
      // A frame in one chunk with the frame that closed the socket does not count.
      if (ws.readyState !== ws.OPEN) return
      const parsed = parseClientFrame(data.toString())
      if (!parsed.ok) return ws.close(4000, parsed.message)
      const { frame } = parsed
      socket.received.push(frame)
      this.frames.push({ frame, socket })
      if (!this.onFrame(frame, socket)) {
        if (frame.type === 'authenticate') {
          const user = this.logins.userOf(frame.token)
          if (user === undefined) ws.close(4001, 'unauthenticated')
          else {
            const renewal = username !== ''
            username = user
            session = frame.session ?? 'none'
            this.#welcome(socket, frame, renewal)
          }
        } else answerFrame(frame, socket, this.chat, this.#repeats)
      }
      this.#notify()
    })
  }

  #welcome(
    socket: FakeSocket,
    frame: Extract<ClientFrame, { type: 'authenticate' }>,
    renewal: boolean,
  ): void {
    const { username, session, serverId } = socket
    socket.send({
      type: 'authenticated',
      ...(frame.requestId !== undefined && { requestId: frame.requestId }),
      protocol: 1,
      user: { username, displayName: this.chat.users.get(username)?.displayName ?? username },
      serverId,
      session,
      epoch: this.chat.epoch,
      expiresAt: new Date(Date.now() + this.logins.expiresIn * 1000).toISOString(),
      heartbeatIntervalMs: this.heartbeatIntervalMs,
      limits: this.limits,
    })
    if (renewal) return
    const channels = this.chat.of(username).map((channel) => this.chat.view(channel, username))
    socket.send({ type: 'channels_list', channels, more: false })
  }

  #notify(): void {
    for (const changed of this.#changed) changed()
  }
}

async function listen(
  id: string,
  answer: (request: RestRequest) => Promise<RestReply>,
): Promise<ChatListener> {
  const http = createServer((request, response) => {
    void read(request)
      .then(answer)
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' })
        response.end(body === undefined ? undefined : JSON.stringify(body))
      })
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return { id, http, port: (http.address() as AddressInfo).port }
}

async function read(request: IncomingMessage): Promise<RestRequest> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  const url = new URL(request.url ?? '/', 'http://localhost')
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    token: request.headers.authorization?.replace(/^Bearer /, '') ?? null,
  }
}

async function shut(http: Server): Promise<void> {
  if (!http.listening) return
  http.close()
  http.closeAllConnections()
  await once(http, 'close')
}

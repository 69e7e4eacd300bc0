import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { RookeryClient } from '../src/index.ts'
import type { Fetch, WebSocketLike } from '../src/index.ts'
import { FakeServer, next, quick, restError } from '../src/testing/index.ts'
import type { FakeChannel } from '../src/testing/index.ts'

describe('connecting', () => {
  let server: FakeServer
  let client: RookeryClient
  let channel: FakeChannel

  beforeEach(async () => {
    server = await FakeServer.start(2)
    client = new RookeryClient({ url: server.url, deviceId: 'desk', ...quick })
    await client.register('ada', 'secret-1')
    channel = server.chat.open({ name: 'Team', members: ['ada'] })
  })

  afterEach(async () => {
    client.close()
    await server.close()
  })

  const cut = (code?: number) => {
    for (const { ws } of server.open) {
      if (code === undefined) ws.terminate()
      else ws.close(code)
    }
  }

  it('sends its user, device and session', async () => {
    await client.connect()
    expect(server.sent('authenticate')).toMatchObject([
      { deviceId: 'desk', session: client.session, capabilities: ['batch'] },
    ])
    expect(client.limits?.maxFrameBytes).toBe(65_536)
    expect([...client.channels.keys()]).toEqual([channel.channelId])
  })

  it('keeps its socket when connect is called again', async () => {
    await client.connect()
    await client.connect()
    expect(server.sockets).toHaveLength(1)
  })

  it('accepts a list of channels in pages', async () => {
    const other = server.chat.open({ name: 'Other', members: ['ada'] })
    server.onSend = (frame) =>
      frame.type === 'channels_list'
        ? frame.channels.map((one, index) => ({ ...frame, channels: [one], more: index === 0 }))
        : [frame]
    await client.connect()
    expect([...client.channels.keys()]).toEqual([channel.channelId, other.channelId])
  })

  it('asks for a server before each new attempt, and connects to another one', async () => {
    await client.connect()
    server.preferred = 1
    await server.stopChatServer(0)
    expect(await next(client, 'ready')).toMatchObject({ serverId: 'chat-2', resumed: true })
    expect(server.restCalls).toContain('GET /servers')
    await client.send(channel.channelId, 'from elsewhere')
  })

  it('returns to the last known server while the api is away', async () => {
    await client.connect()
    server.onRest = () => new Promise(() => {})
    const impatient = new RookeryClient({
      url: server.url,
      ...quick,
      fetch: async (url, init) => {
        if (url.endsWith('/servers')) throw new TypeError('fetch failed')
        return fetch(url, init)
      },
    })
    server.onRest = () => null
    await impatient.logIn('ada', 'secret-1')
    await impatient.connect()
    const ready = next(impatient, 'ready')
    cut()
    expect(await ready).toMatchObject({ serverId: 'chat-1' })
    impatient.close()
  })

  it('keeps trying while there is no server, and reports it', async () => {
    await client.connect()
    let refusals = 0
    server.onRest = ({ path }) =>
      path === '/servers' && refusals++ < 3 ? restError('unavailable', 2) : null
    const whys: string[] = []
    client.on('reconnecting', ({ why }) => whys.push(why))
    cut()
    await next(client, 'ready')
    expect(whys).toEqual(['it was cut', 'unavailable', 'unavailable', 'unavailable'])
  })

  it.each([1001, 1012, 4108, 4129, 4000])('reconnects after a close with %i', async (code) => {
    await client.connect()
    const ready = next(client, 'ready')
    cut(code)
    expect(await ready).toMatchObject({ resumed: true })
  })

  it.each([
    [4003, 'forbidden'],
    [4009, 'device_limit'],
    [4010, 'stopped'],
    [4042, 'stopped'],
  ])('does not reconnect after a close with %i', async (code, expected) => {
    await client.connect()
    const stopped = next(client, 'stopped')
    const pending = client.send('nowhere', 'x')
    server.onFrame = (frame) => frame.type === 'chat_message'
    cut(code)
    expect(await stopped).toMatchObject({ code: expected })
    await expect(pending).rejects.toMatchObject({ code: expected })
    expect(server.sockets).toHaveLength(1)
  })

  it('waits for the time that a retryable refusal names', async () => {
    let refused = false
    server.onFrame = (frame, socket) => {
      if (frame.type !== 'authenticate' || refused) return false
      refused = true
      const error = { type: 'error', code: 'unavailable', message: '', fatal: true } as const
      socket.send({ ...error, retryAfterMs: 40 })
      socket.ws.close(4129)
      return true
    }
    const { delayMs } = await Promise.all([next(client, 'reconnecting'), client.connect()]).then(
      ([retry]) => retry,
    )
    expect(delayMs).toBe(40)
  })

  it('waits for the time that a retryable refusal on a live socket names', async () => {
    await client.connect()
    const error = { type: 'error', code: 'unavailable', message: '', fatal: true } as const
    const reconnecting = next(client, 'reconnecting')
    server.open[0]?.send({ ...error, retryAfterMs: 40 })
    cut(4129)
    expect((await reconnecting).delayMs).toBe(40)
  })

  it('starts again with short waits after it was ready', async () => {
    client.close()
    const backoff = { minMs: 1, maxMs: 64, random: () => 1 }
    client = new RookeryClient({ url: server.url, ...quick, backoff })
    await client.logIn('ada', 'secret-1')
    await client.connect()
    const delays: number[] = []
    client.on('reconnecting', ({ delayMs }) => delays.push(delayMs))
    for (let count = 0; count < 3; count++) {
      const ready = next(client, 'ready')
      cut()
      await ready
    }
    expect(delays).toEqual([1, 1, 1])
  })

  it('refreshes a refused token and connects with the new one', async () => {
    server.logins.revokeAccess()
    await client.connect()
    expect(server.restCalls).toContain('POST /auth/refresh')
    expect(server.sent('authenticate')).toHaveLength(2)
  })

  it('stops when the log-in has ended', async () => {
    server.logins.revokeAll()
    await expect(client.connect()).rejects.toMatchObject({ code: 'unauthorized' })
    expect(server.sockets).toHaveLength(1)
  })

  it('stops when even fresh tokens are refused', async () => {
    server.onFrame = (frame, socket) => {
      if (frame.type === 'authenticate') socket.ws.close(4001)
      return true
    }
    await expect(client.connect()).rejects.toMatchObject({ code: 'unauthorized' })
    expect(server.sockets).toHaveLength(4)
  })

  it('renews its token at 80 % of its life on the live socket', async () => {
    client.close()
    server.logins.expiresIn = 0.2
    client = new RookeryClient({ url: server.url, ...quick })
    await client.logIn('ada', 'secret-1')
    await client.connect()
    server.logins.expiresIn = 900
    await server.until(() => server.sent('authenticate').length === 2)
    const [first, second] = server.sent('authenticate')
    expect(second?.token).not.toBe(first?.token)
    expect(server.sockets).toHaveLength(1)
    expect(client.online).toBe(true)
  })

  it('tries another token when the renewal is refused', async () => {
    client.close()
    server.logins.expiresIn = 0.2
    client = new RookeryClient({ url: server.url, ...quick })
    await client.logIn('ada', 'secret-1')
    await client.connect()
    server.logins.expiresIn = 900
    server.onFrame = (frame, socket) => {
      if (frame.type !== 'authenticate' || server.sent('authenticate').length > 2) return false
      const requestId = frame.requestId ?? ''
      socket.send({ type: 'error', code: 'unauthorized', message: '', requestId })
      return true
    }
    await server.until(() => server.sent('authenticate').length === 3)
    expect(server.sockets).toHaveLength(1)
  })

  it('cuts a server that opens but never answers', async () => {
    client.close()
    client = new RookeryClient({ url: server.url, ...quick, readyTimeoutMs: 50 })
    await client.logIn('ada', 'secret-1')
    let silent = true
    server.onFrame = () => silent
    const connected = client.connect()
    expect(await next(client, 'reconnecting')).toMatchObject({
      why: 'not ready in time',
    })
    silent = false
    await connected
  })

  it('cuts a server that accepts and never upgrades', async () => {
    const deaf: Socket[] = []
    const tcp = createServer((socket) => deaf.push(socket)).listen(0, '127.0.0.1')
    await new Promise((resolve) => tcp.once('listening', resolve))
    const { port } = tcp.address() as AddressInfo
    client.close()
    client = new RookeryClient({ url: server.url, ...quick, readyTimeoutMs: 50 })
    let first = true
    server.onRest = ({ path }) => {
      if (path !== '/servers' || !first) return null
      first = false
      const url = `ws://127.0.0.1:${port}/`
      return { status: 200, body: { chat: { id: 'deaf', host: '127.0.0.1', port, url } } }
    }
    const whys: string[] = []
    client.on('reconnecting', ({ why }) => whys.push(why))
    await client.logIn('ada', 'secret-1')
    await client.connect()
    cut()
    expect(await next(client, 'ready')).toMatchObject({ serverId: 'chat-1' })
    expect(deaf.length).toBe(1)
    expect(whys.at(-1)).toBe(`cannot reach ws://127.0.0.1:${port}: no answer in time`)
    for (const socket of deaf) socket.destroy()
    tcp.close()
  })

  it('reports the address that it cannot reach, and why', async () => {
    client.close()
    client = new RookeryClient({ url: server.url, ...quick })
    await client.logIn('ada', 'secret-1')
    const { url } = (await client.rest('servers')).chat
    await server.stopChatServer(0)
    const connected = client.connect()
    const { why } = await next(client, 'reconnecting')
    expect(why).toBe(`cannot reach ${new URL(url).origin}: connection refused`)
    server.preferred = 1
    await connected
  })

  it.each([
    ['https://chat.example', 'ws://chat.example:3001/x', 'wss://chat.example:3001/x'],
    ['HTTPS://chat.example', 'ws://chat.example', 'wss://chat.example'],
    ['https://chat.example', 'wss://chat.example:3001', 'wss://chat.example:3001'],
    ['http://chat.example', 'ws://chat.example:3001', 'ws://chat.example:3001'],
  ])('with an api at %s and a chat server at %s, opens %s', async (url, serverUrl, opened) => {
    const tried: string[] = []
    class Deaf implements WebSocketLike {
      onopen = null
      onmessage = null
      onclose = null
      onerror = null
      constructor(socketUrl: string) {
        tried.push(socketUrl)
      }
      send(): void {}
      close(): void {}
    }
    const fetched: Fetch = async () => {
      const chat = { id: 'one', host: 'chat.example', port: 3001, url: serverUrl }
      const user = { username: 'ada', displayName: 'ada' }
      const tokens = { sessionToken: 'a', refreshToken: 'r', expiresIn: 900 }
      const body = JSON.stringify({ ...tokens, user, servers: { chat } })
      return { status: 200, ok: true, text: async () => body }
    }
    const outside = new RookeryClient({ url, WebSocket: Deaf, fetch: fetched })
    await outside.logIn('ada', 'secret-1')
    const connected = outside.connect()
    while (tried.length === 0) await new Promise((resolve) => setImmediate(resolve))
    outside.close()
    await expect(connected).rejects.toMatchObject({ code: 'closed' })
    expect(tried).toEqual([opened])
  })

  it('notices a server that falls silent by its heartbeat', async () => {
    server.heartbeatIntervalMs = 50
    await client.connect()
    const deaf = new Set(server.sockets)
    server.onFrame = (_frame, socket) => deaf.has(socket)
    expect(await next(client, 'ready')).toMatchObject({ resumed: true })
    const heartbeats = [...deaf].flatMap(({ received }) =>
      received.filter(({ type }) => type === 'heartbeat'),
    )
    expect(heartbeats.length).toBeGreaterThan(0)
  })

  it('shares one refresh between calls at the same time', async () => {
    await client.connect()
    server.logins.revokeAccess()
    server.restCalls.length = 0
    await Promise.all([1, 2, 3].map(() => client.rest('listChannels')))
    expect(server.restCalls.filter((call) => call === 'POST /auth/refresh')).toHaveLength(1)
  })

  it('ends its log-in and closes its socket when it logs out', async () => {
    await client.connect()
    await client.logOut()
    expect(server.restCalls).toContain('POST /auth/logout')
    await server.until(() => server.open.length === 0)
    expect(client.online).toBe(false)
  })

  it('rejects connect() if it is closed before it is ready', async () => {
    const connected = client.connect()
    client.close()
    await expect(connected).rejects.toMatchObject({ code: 'closed' })
  })

  it('reports the error of a log-in', async () => {
    await expect(client.logIn('ada', 'wrong')).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
    await expect(client.register('ada', 'secret-1')).rejects.toMatchObject({
      code: 'username_taken',
    })
    const { url } = server
    await server.close()
    const nowhere = new RookeryClient({ url, ...quick })
    await expect(nowhere.logIn('ada', 'x')).rejects.toMatchObject({
      code: 'network',
      message: expect.stringMatching(`^cannot reach ${url}: connection (refused|reset|closed)$`),
    })
    await expect(nowhere.rest('servers')).rejects.toMatchObject({ code: 'not_logged_in' })
    nowhere.close()
  })

  it.each([
    ['a page of a proxy', { status: 502 }, 'unavailable'],
    ['no JSON', { status: 200 }, 'bad_answer'],
    ['another shape', { status: 200, body: { token: 1 } }, 'bad_answer'],
    [
      'an unknown code',
      { status: 418, body: { error: { code: 'teapot', message: '' } } },
      'bad_answer',
    ],
  ])('rejects a call that is answered with %s with the right code', async (_what, reply, code) => {
    server.onRest = () => reply
    await expect(client.logIn('ada', 'secret-1')).rejects.toMatchObject({ code })
  })
})

import { once } from 'node:events'
import { afterEach, describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import { call, newName, password, register } from '../src/rest.ts'
import { startWorld, type World } from '../src/world.ts'

let world: World
afterEach(() => world.close())

const told = async (headers: Record<string, string>): Promise<string> => {
  const answer = await fetch(`${world.url}/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ username: newName(), password }),
  })
  return ((await answer.json()) as { servers: { chat: { url: string } } }).servers.chat.url
}

/** What a page at this origin is told when it opens a socket and says who it is. */
async function firstFrame(url: string, token: string, headers: Record<string, string>) {
  const socket = new WebSocket(url, { headers })
  socket.on('open', () => socket.send(JSON.stringify({ type: 'authenticate', token })))
  const [data] = (await once(socket, 'message')) as [Buffer]
  socket.terminate()
  return JSON.parse(data.toString()) as { type: string; code?: string }
}

describe('behind a proxy that ends TLS', () => {
  it.each([{ 'x-forwarded-proto': 'https' }, { forwarded: 'for=203.0.113.9;proto=https' }])(
    'clients that came by TLS are sent to wss://: %j',
    async (headers) => {
      world = await startWorld({ TRUSTED_PROXIES: '127.0.0.1' })
      expect(await told(headers as Record<string, string>)).toMatch(/^wss:\/\/127\.0\.0\.1:\d+$/)
      expect(await told({})).toMatch(/^ws:/)
    },
  )

  it('nobody else decides the scheme', async () => {
    world = await startWorld({ TRUSTED_PROXIES: '127.0.0.9' })
    expect(await told({ 'x-forwarded-proto': 'https' })).toMatch(/^ws:/)
  })

  it('a page of the host that the proxy names may open sockets', async () => {
    world = await startWorld({ TRUSTED_PROXIES: '127.0.0.1' })
    const { sessionToken, socketUrl } = await register(world.url, newName())
    const origin = 'https://chat.example'
    const page = { origin, 'x-forwarded-host': 'chat.example' }
    expect(await firstFrame(socketUrl, sessionToken, page)).toMatchObject({ type: 'authenticated' })
    const other = { origin, 'x-forwarded-host': 'evil.example' }
    expect(await firstFrame(socketUrl, sessionToken, other)).toMatchObject({ code: 'forbidden' })
  })
})

describe('with ADVERTISED_URL', () => {
  it('clients are told it everywhere, and its path is served', async () => {
    world = await startWorld({ ADVERTISED_URL: 'ws://{host}:{port}/socket' })
    const { sessionToken, socketUrl } = await register(world.url, newName())
    const expected = expect.objectContaining({
      url: socketUrl,
      port: Number(new URL(socketUrl).port),
    })
    expect(socketUrl).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/socket$/)
    const { body } = await call(world.url, 'GET', '/servers', { token: sessionToken })
    expect(body.chat).toEqual(expected)
    expect(await firstFrame(socketUrl, sessionToken, {})).toMatchObject({ type: 'authenticated' })
  })
})

describe('at every address of the machine', () => {
  it.each([
    ['says once that clients are sent to this machine itself', {}, 1],
    ['says nothing when it was told where clients go', { ADVERTISED_HOST: '127.0.0.1' }, 0],
  ])('%s', async (_what, settings, lines) => {
    world = await startWorld({ HOST: '0.0.0.0', LOG_LEVEL: 'warn', ...settings })
    const said = world.logged().filter((line) => line.includes('ADVERTISED_HOST'))
    expect(said).toHaveLength(lines)
  })
})

import { once } from 'node:events'
import { afterEach, describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import { call, newName, password, register } from '../src/rest.ts'
import { startWorld, type World } from '../src/world.ts'

let world: World
afterEach(() => world.close())

const advertisedUrl = async (headers: Record<string, string>): Promise<string> => {
  const answer = await fetch(`${world.url}/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ username: newName(), password }),
  })
  return ((await answer.json()) as { servers: { chat: { url: string } } }).servers.chat.url
}

/** The first frame that a page of this origin gets when it opens a socket and authenticates. */
async function firstFrame(url: string, token: string, headers: Record<string, string>) {
  const socket = new WebSocket(url, { headers })
  socket.on('open', () => socket.send(JSON.stringify({ type: 'authenticate', token })))
  const [data] = (await once(socket, 'message')) as [Buffer]
  socket.terminate()
  return JSON.parse(data.toString()) as { type: string; code?: string }
}

describe('behind a proxy that ends TLS', () => {
  it.each([{ 'x-forwarded-proto': 'https' }, { forwarded: 'for=203.0.113.9;proto=https' }])(
    'sends clients that came by TLS to wss://: %j',
    async (headers) => {
      world = await startWorld({ TRUSTED_PROXIES: '127.0.0.1' })
      expect(await advertisedUrl(headers as Record<string, string>)).toMatch(
        /^wss:\/\/127\.0\.0\.1:\d+$/,
      )
      expect(await advertisedUrl({})).toMatch(/^ws:/)
    },
  )

  it('ignores the scheme that an untrusted address claims', async () => {
    world = await startWorld({ TRUSTED_PROXIES: '127.0.0.9' })
    expect(await advertisedUrl({ 'x-forwarded-proto': 'https' })).toMatch(/^ws:/)
  })

  it('lets pages of the host that the proxy names open sockets', async () => {
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
  it('gives clients ADVERTISED_URL everywhere, and serves its path', async () => {
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

describe('a server that listens at every address', () => {
  it.each([
    ['logs once that clients are sent to this machine itself', {}, 1],
    ['logs no such warning with ADVERTISED_HOST', { ADVERTISED_HOST: '127.0.0.1' }, 0],
  ])('a server at every address %s', async (_what, settings, lines) => {
    world = await startWorld({ HOST: '0.0.0.0', LOG_LEVEL: 'warn', ...settings })
    const said = world.logged().filter((line) => line.includes('ADVERTISED_HOST'))
    expect(said).toHaveLength(lines)
  })
})

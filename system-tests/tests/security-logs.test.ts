import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { BareClient } from '../src/bare-client.ts'
import { upgradeHeaders, upgradeRequest } from '../src/raw-frames.ts'
import { RawSocket } from '../src/raw-socket.ts'
import { call, granted, newName, type LoggedIn, sessionOf } from '../src/rest.ts'
import { admin, startWorld, type World, worldKeys } from '../src/world.ts'

/** Texts that must not be found in the logs at the level `trace`. */
const canary = {
  password: 'canary-password-right',
  wrongPassword: 'canary-password-wrong',
  newPassword: 'canary-password-new',
  content: 'canary-content',
  edited: 'canary-edited',
  metadata: 'canary-metadata',
  topic: 'canary-topic',
  status: 'canary-status',
  reason: 'canary-reason',
  garbage: 'canary-garbage',
  forged: 'canary.forged.canarysignature',
  cookie: 'canary-cookie',
}
const injected = 'canary\n{"level":"fatal","msg":"forged"}\r\n\u001b[31m\u0000\u2028\u0085'

/** Index files of Kafka's log segments, which hold numbers only and are large. */
const isIndex = /\.(time)?index$/

let world: World
const secrets: string[] = [...Object.values(canary), ...Object.values(worldKeys)]

beforeAll(async () => {
  world = await startWorld({ LOG_LEVEL: 'trace' })
}, 20_000)
afterAll(() => world.close())

async function registered(username: string): Promise<LoggedIn> {
  const body = await granted(world.url, '/auth/register', {
    body: { username, password: canary.password },
  })
  const session = sessionOf(username, body)
  secrets.push(session.sessionToken, session.refreshToken)
  return session
}

/** Waits until the log is complete, because lines of other processes come a little later. */
async function loggedWith(complete: (lines: readonly string[]) => boolean): Promise<string[]> {
  const until = Date.now() + 8_000
  while (!complete(world.logged()) && Date.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 50))
  return world.logged()
}

/** Makes valid, refused and broken requests of all kinds that could be logged. */
async function doEverything(): Promise<void> {
  const { url } = world
  const ann = await registered(newName('ann'))
  const root = await admin(world)
  secrets.push(root.sessionToken, root.refreshToken)
  const logIn = (password: string) => ({ body: { username: ann.username, password } })
  await call(url, 'POST', '/auth', logIn(canary.wrongPassword))
  const second = await granted(world.url, '/auth', logIn(canary.password))
  secrets.push(second.sessionToken, second.refreshToken)
  const refreshed = await granted(world.url, '/auth/refresh', {
    body: { refreshToken: second.refreshToken },
  })
  secrets.push(refreshed.sessionToken, refreshed.refreshToken)
  await call(url, 'POST', '/auth/refresh', { body: { refreshToken: refreshed.refreshToken } })
  await call(url, 'POST', '/auth/refresh', { body: { refreshToken: second.refreshToken } })
  await call(url, 'POST', '/auth/refresh', { body: { refreshToken: canary.forged } })
  await call(url, 'POST', '/auth', { raw: `{"password":"${canary.garbage}` })
  await call(url, 'POST', '/auth', { body: { username: canary.garbage.repeat(9), password: 1 } })
  await call(url, 'POST', '/auth', { body: { username: injected, password: canary.garbage } })
  for (const token of [canary.forged, `${ann.sessionToken}x`, ann.refreshToken])
    await call(url, 'GET', '/servers', { token })
  await call(url, 'GET', `/nowhere/${canary.garbage}?token=${ann.sessionToken}`)
  await call(url, 'GET', `/users/${canary.garbage}`, { token: ann.sessionToken })
  await fetch(`${url}/auth/sessions`, {
    headers: { authorization: `Basic ${canary.garbage}`, cookie: canary.cookie },
  })
  const client = await BareClient.connect(ann)
  const { channelId } = await client.request({ type: 'create_channel', name: 'g' })
  const { seq } = await client.request({
    type: 'chat_message',
    channelId,
    content: canary.content,
    metadata: { [canary.metadata]: canary.metadata },
  })
  await client.request({ type: 'edit_message', channelId, seq, content: canary.edited })
  await client.request({ type: 'update_channel', channelId, topic: canary.topic })
  await client.request({ type: 'status_update', status: 'busy', text: canary.status })
  await client.request({ type: 'nothing', content: canary.garbage })
  await client.request({ type: 'chat_message', channelId: 1, content: canary.garbage })
  await client.request({ type: 'authenticate', token: canary.forged })
  await call(url, 'POST', `/channels/${channelId}/messages`, {
    token: ann.sessionToken,
    body: { content: canary.content },
  })
  client.sendRaw(`{"content":"${canary.garbage}`)
  await client.closed()
  for (const token of [ann.sessionToken, canary.forged]) {
    const asked = await BareClient.open(ann, { query: `/?token=${token}` })
    await asked.next(({ type }) => type === 'authenticated' || type === 'error')
    asked.terminate()
  }
  const broken = await RawSocket.open(Number(new URL(ann.socketUrl).port))
  broken.write(upgradeRequest(`/[?token=${canary.garbage}`, upgradeHeaders.slice(0, 3)))
  await broken.until(() => broken.ended || broken.text !== '', 2_000)
  broken.destroy()
  await call(url, 'POST', `/admin/users/${ann.username}/mute`, {
    token: root.sessionToken,
    body: { reason: canary.reason },
  })
  await call(url, 'GET', '/cluster', { token: ann.sessionToken })
  const changed = await granted(world.url, '/users/me/password', {
    token: ann.sessionToken,
    body: { oldPassword: canary.password, newPassword: canary.newPassword },
  })
  secrets.push(changed.sessionToken, changed.refreshToken)
  await fetch(`${url}/nowhere`, { headers: { 'user-agent': 'canary-agent \u0085' } })
}

describe('what the platform logs', () => {
  beforeAll(doEverything, 30_000)

  it('logs no secret, no token and no text at the level trace', () => {
    const all = world.logged().join('\n')
    expect(secrets.filter((secret) => all.includes(secret))).toEqual([])
    // Nor the signature of a token.
    const signatures = secrets.filter((one) => one.split('.').length === 3)
    expect(signatures.filter((one) => all.includes(one.split('.')[2] ?? ''))).toEqual([])
    expect(all).not.toContain('[31m')
  })

  it('logs one JSON object a line, whatever clients send', () => {
    const lines = world.logged()
    expect(lines.length).toBeGreaterThan(10)
    for (const line of lines) {
      expect(Buffer.from(line).every((byte) => byte >= 0x20)).toBe(true)
      expect(JSON.parse(line)).toMatchObject({
        time: expect.any(String),
        pid: expect.any(Number),
        service: expect.any(String),
      })
    }
    expect(lines.filter((line) => line.includes('"fatal"'))).toEqual([])
  })

  it('logs every kind of security event', async () => {
    const expected = [
      'registered',
      'logged_in',
      'password_wrong',
      'password_changed',
      'refresh_reused',
      'refresh_refused',
      'token_refused',
      'admin_refused',
      'admin_act',
    ]
    const missing = (lines: readonly string[]): string[] => {
      const events = lines.map((line) => (JSON.parse(line) as { event?: string }).event)
      return expected.filter((event) => !events.includes(event))
    }
    expect(missing(await loggedWith((lines) => missing(lines).length === 0))).toEqual([])
  })

  it('shows no secret in the metrics', async () => {
    const addresses = [...world.apis, ...world.sockets.map((url) => url.replace('ws:', 'http:'))]
    for (const address of addresses) {
      const page = await (await fetch(`${address}/metrics`)).text()
      expect(page).toContain('rookery_')
      expect(secrets.filter((secret) => page.includes(secret))).toEqual([])
    }
  })

  it('leaves no password and no token in the data folder', () => {
    const files = readdirSync(world.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !isIndex.test(entry.name))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)))
    const found = secrets.filter((secret) => files.some((file) => file.includes(secret)))
    expect(files.length).toBeGreaterThan(1)
    // Texts of users and reasons of bans belong in the data folder.
    const { content, edited, metadata, topic, status, reason } = canary
    const kept: string[] = [content, edited, metadata, topic, status, reason]
    expect(found.filter((secret) => !kept.includes(secret))).toEqual([])
  })
})

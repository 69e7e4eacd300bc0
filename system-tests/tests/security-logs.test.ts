import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger } from '@rookery/service-kit'
import { readStandaloneConfig, type Standalone, startStandalone } from '@rookery/standalone'
import { BareClient } from '../src/bare-client.ts'
import { upgradeHeaders, upgradeRequest } from '../src/raw-frames.ts'
import { RawSocket } from '../src/raw-socket.ts'
import { call, newName, type Session } from '../src/rest.ts'

/** Each is looked for in everything that the platform logs at its most talkative. */
const canary = {
  jwtSecret: 'canary-jwt-secret-of-at-least-256-bits',
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

let folder: string
let rookery: Standalone
let root: string
const lines: string[] = []
const secrets: string[] = Object.values(canary)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rookery-logs-'))
  root = newName('root')
  const config = readStandaloneConfig({
    API_PORT: '0',
    CHAT_PORT: '0',
    DATA_DIR: folder,
    JWT_SECRET: canary.jwtSecret,
    PASSWORD_HASH_MEMORY_KIB: '19456',
    PASSWORD_HASH_PASSES: '2',
    ADMIN_USERNAMES: root,
  })
  const destination = { write: (line: string) => void lines.push(line) }
  const logger = createLogger('rookery', { level: 'trace', destination })
  rookery = await startStandalone(config, logger)
}, 20_000)
afterAll(async () => {
  await rookery.close()
  rmSync(folder, { recursive: true })
})

async function registered(username: string): Promise<Session> {
  const { body } = await call(rookery.url, 'POST', '/auth/register', {
    body: { username, password: canary.password },
  })
  secrets.push(body.sessionToken, body.refreshToken)
  const { sessionToken, refreshToken, servers } = body
  return { username, sessionToken, refreshToken, socketUrl: servers.chat.url }
}

/** Everything that a log could be tempted by: what is right, what is wrong, and what is broken. */
async function doEverything(): Promise<void> {
  const { url } = rookery
  const ann = await registered(newName('ann'))
  const admin = await registered(root)
  const log = (password: string) =>
    call(url, 'POST', '/auth', { body: { username: ann.username, password } })
  await log(canary.wrongPassword)
  const second = (await log(canary.password)).body
  secrets.push(second.sessionToken, second.refreshToken)
  const refreshed = (
    await call(url, 'POST', '/auth/refresh', { body: { refreshToken: second.refreshToken } })
  ).body
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
    token: admin.sessionToken,
    body: { reason: canary.reason },
  })
  await call(url, 'GET', '/cluster', { token: ann.sessionToken })
  const changed = await call(url, 'POST', '/users/me/password', {
    token: ann.sessionToken,
    body: { oldPassword: canary.password, newPassword: canary.newPassword },
  })
  secrets.push(changed.body.sessionToken, changed.body.refreshToken)
  await fetch(`${url}/nowhere`, { headers: { 'user-agent': 'canary-agent \u0085' } })
}

describe('what the platform logs', () => {
  beforeAll(doEverything, 30_000)

  it('holds no secret, no token and no text, at the most talkative level', () => {
    const all = lines.join('')
    expect(secrets.filter((secret) => all.includes(secret))).toEqual([])
    // Nor the part of a token that makes it one.
    const signatures = secrets.filter((one) => one.split('.').length === 3)
    expect(signatures.filter((one) => all.includes(one.split('.')[2] ?? ''))).toEqual([])
    expect(all).not.toContain('[31m')
  })

  it('is one JSON object a line, whatever came in', () => {
    expect(lines.length).toBeGreaterThan(10)
    for (const line of lines) {
      expect(line.endsWith('\n')).toBe(true)
      expect(Buffer.from(line.slice(0, -1)).every((byte) => byte >= 0x20)).toBe(true)
      expect(JSON.parse(line)).toMatchObject({ time: expect.any(String), pid: process.pid })
    }
    expect(lines.filter((line) => line.includes('"fatal"'))).toEqual([])
  })

  it('tells who did what at the doors, and when', () => {
    const events = lines
      .map((line) => JSON.parse(line) as { event?: string })
      .flatMap(({ event }) => event ?? [])
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
    expect(expected.filter((event) => !events.includes(event))).toEqual([])
  })

  it('is silent about all of it in the metrics, too', async () => {
    const page = await (await fetch(`${rookery.url}/metrics`)).text()
    expect(secrets.filter((secret) => page.includes(secret))).toEqual([])
  })

  it('leaves no password and no token in the data folder', () => {
    const stored = Buffer.concat(
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name))),
    )
    const found = secrets.filter((secret) => stored.includes(secret))
    // Messages, topics and reasons are what the data folder is for.
    const kept: string[] = [canary.content, canary.edited, canary.metadata, canary.topic]
    expect(found.filter((secret) => !kept.includes(secret) && secret !== canary.reason)).toEqual([])
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { BareClient } from '../src/bare-client.ts'
import { openUpgraded, rawFrame, serverFrames } from '../src/raw-frames.ts'
import { call, logIn, password, register, newName, type Session } from '../src/rest.ts'
import { startWorld, type World } from '../src/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({
    MAX_UNAUTHENTICATED_SOCKETS: '20',
    ALLOWED_ORIGINS: 'https://app.example',
  })
})
afterAll(() => world.close())

/** One account, logged in twice, with a socket each. */
async function twice(): Promise<{ here: BareClient; there: BareClient; there2: BareClient }> {
  const first = await register(world.url, newName())
  const second = await logIn(world.url, first.username)
  const here = await BareClient.connect(first, { deviceId: 'a', session: 'a' })
  const there = await BareClient.connect(second, { deviceId: 'b', session: 'b' })
  const there2 = await BareClient.connect(second, { deviceId: 'b', session: 'c' })
  return { here, there, there2 }
}

const as = (session: Session, method: string, path: string, body?: unknown) =>
  call(world.url, method, path, {
    token: session.sessionToken,
    ...(body === undefined ? {} : { body }),
  })

describe('sockets are closed with 4001 within 5 s, everywhere, when', () => {
  it('their log-in logs out, and no others', async () => {
    const { here, there, there2 } = await twice()
    const { refreshToken } = there.session
    expect((await as(there.session, 'POST', '/auth/logout', { refreshToken })).status).toBe(204)
    expect([await there.closed(5_000), await there2.closed(5_000)]).toEqual([4001, 4001])
    expect(await here.request({ type: 'heartbeat' })).toMatchObject({ type: 'heartbeat_ack' })
    // Neither by REST nor by a socket does its token open anything again.
    expect((await as(there.session, 'GET', '/servers')).status).toBe(401)
    const again = await BareClient.open(there.session)
    again.send({ type: 'authenticate', token: there.session.sessionToken })
    expect(await again.closed()).toBe(4001)
    here.terminate()
  })

  it('the password changes, but not the one that changed it', async () => {
    const { here, there, there2 } = await twice()
    const body = { oldPassword: password, newPassword: 'another good one' }
    expect((await as(here.session, 'POST', '/users/me/password', body)).status).toBe(200)
    expect([await there.closed(5_000), await there2.closed(5_000)]).toEqual([4001, 4001])
    expect(await here.request({ type: 'heartbeat' })).toMatchObject({ type: 'heartbeat_ack' })
    here.terminate()
  })

  it('the user ends that log-in from another one', async () => {
    const { here, there, there2 } = await twice()
    const { sessions } = (await as(here.session, 'GET', '/auth/sessions')).body
    const other = sessions.find(({ current }) => current === false)
    expect(
      (await as(here.session, 'DELETE', `/auth/sessions/${other?.['id'] as string}`)).status,
    ).toBe(204)
    expect([await there.closed(5_000), await there2.closed(5_000)]).toEqual([4001, 4001])
    expect(here.closedWith).toBeNull()
    here.terminate()
  })

  it('a refresh token comes back whose successor was used', async () => {
    const { here, there } = await twice()
    const refresh = (refreshToken: string) =>
      call(world.url, 'POST', '/auth/refresh', { body: { refreshToken } })
    const next = (await refresh(there.session.refreshToken)).body
    await refresh(next.refreshToken)
    expect((await refresh(there.session.refreshToken)).status).toBe(401)
    expect(await there.closed(5_000)).toBe(4001)
    expect(here.closedWith).toBeNull()
    here.terminate()
  })

  it('the account is deleted', async () => {
    const { here, there } = await twice()
    expect((await as(here.session, 'DELETE', '/users/me', { password })).status).toBe(204)
    expect([await here.closed(5_000), await there.closed(5_000)]).toEqual([4001, 4001])
  })
})

describe('a token that runs out', () => {
  it('closes its socket with 4001, but not one that was renewed', async () => {
    const short = await startWorld({ ACCESS_TOKEN_TTL: '3s' })
    const session = await register(short.url, newName())
    const idle = await BareClient.connect(session)
    const renewed = await BareClient.connect(session)
    const { body } = await call(short.url, 'POST', '/auth/refresh', {
      body: { refreshToken: session.refreshToken },
    })
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    const fresh = await logIn(short.url, session.username)
    expect(body.sessionToken).not.toBe(session.sessionToken)
    const answer = await renewed.request({ type: 'authenticate', token: fresh.sessionToken })
    expect(answer.type).toBe('authenticated')
    expect(await idle.closed(5_000)).toBe(4001)
    expect(renewed.closedWith).toBeNull()
    renewed.terminate()
    await short.close()
  }, 20_000)
})

describe('the socket edge', () => {
  it('lets so many strangers of one address wait, and users go on coming from others', async () => {
    const session = await register(world.url, newName())
    const port = Number(new URL(session.socketUrl).port)
    const strangers = await Promise.all(
      Array.from({ length: 25 }, () => openUpgraded(port, '127.0.0.9')),
    )
    const refused = () =>
      strangers.filter(({ text }) => text.includes('"code":"rate_limited"')).length
    await strangers[24]?.until(() => refused() >= 5, 2_000)
    expect(refused()).toBe(5)
    const user = await BareClient.connect(session)
    for (const stranger of strangers) stranger.destroy()
    user.terminate()
  })

  it.each([
    ['https://app.example', null],
    ['http://127.0.0.1:9', null],
    ['https://app.example:8443', 4000],
    ['https://evil.example', 4000],
    ['null', 4000],
  ])('pages of %s are closed with %s', async (origin, code) => {
    const session = await register(world.url, newName())
    const client = await BareClient.open(session, { origin })
    client.send({ type: 'authenticate', token: session.sessionToken })
    await client.next(({ type }) => type === 'authenticated' || type === 'error')
    expect(code === null ? client.closedWith : await client.closed()).toBe(code)
    client.terminate()
  })

  it('cuts a flood of heartbeats with 4129', async () => {
    const client = await BareClient.registered(world.url)
    for (let n = 0; n < 300; n += 1) client.send({ type: 'heartbeat' })
    expect(await client.closed(2_000)).toBe(4129)
  })

  it('reads no further ahead than it can hold, and answers what it took', async () => {
    const session = await register(world.url, newName())
    const port = Number(new URL(session.socketUrl).port)
    const socket = await openUpgraded(port)
    const token = { type: 'authenticate', token: session.sessionToken }
    const large = JSON.stringify({ type: 'heartbeat', pad: 'x'.repeat(60_000) })
    socket.write(rawFrame({ opcode: 1, payload: JSON.stringify(token) }))
    const frame = rawFrame({ opcode: 1, payload: large })
    for (let n = 0; n < 60; n += 1) socket.write(frame)
    const beats = () =>
      serverFrames(socket.received).filter(({ payload }) => payload.includes('heartbeat_ack'))
    await socket.until(() => beats().length === 60, 5_000)
    expect(beats()).toHaveLength(60)
    socket.destroy()
  })

  it('holds little of what 20 sockets at once do not finish', async () => {
    const session = await register(world.url, newName())
    const port = Number(new URL(session.socketUrl).port)
    const user = await BareClient.connect(session)
    const before = process.memoryUsage().rss
    const half = rawFrame({ opcode: 1, payload: 'x'.repeat(64_000) }).subarray(0, 60_000)
    const sockets = await Promise.all(
      Array.from({ length: 20 }, () => openUpgraded(port, '127.0.0.8')),
    )
    for (const socket of sockets) socket.write(half)
    await user.request({ type: 'heartbeat' })
    // A frame each at the most, here and on its way; far less than would come of a leak.
    expect(process.memoryUsage().rss - before).toBeLessThan(30 * 1024 * 1024)
    for (const socket of sockets) socket.destroy()
    user.terminate()
  })
})

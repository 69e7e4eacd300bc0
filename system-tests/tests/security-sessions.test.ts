import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { BareClient } from '../src/bare-client.ts'
import { call, logIn, password, register, newName, type LoggedIn } from '../src/rest.ts'
import { AccessTokens } from '@rookery/tokens'
import { startWorld, type World, worldKeys } from '../src/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

/** The session at the first or the last chat server of the world. In a cluster these differ. */
const at = (session: LoggedIn, which: 0 | -1): LoggedIn => ({
  ...session,
  socketUrl: world.sockets.at(which) ?? '',
})

/**
 * One account that is logged in twice. The first log-in has one socket, the second one has a socket
 * at each chat server.
 */
async function twice(): Promise<{ here: BareClient; there: BareClient; there2: BareClient }> {
  const first = await register(world.url, newName())
  const second = await logIn(world.url, first.username)
  const here = await BareClient.connect(at(first, -1), { deviceId: 'a', session: 'a' })
  const there = await BareClient.connect(at(second, 0), { deviceId: 'b', session: 'b' })
  const there2 = await BareClient.connect(at(second, -1), { deviceId: 'b', session: 'c' })
  return { here, there, there2 }
}

const as = (session: LoggedIn, method: string, path: string, body?: unknown) =>
  call(world.apis.at(-1) ?? '', method, path, {
    token: session.sessionToken,
    ...(body === undefined ? {} : { body }),
  })

describe('the sockets of a log-in', () => {
  it('a log-out closes the sockets of its log-in with 4001 within 5 s, and no others', async () => {
    const { here, there, there2 } = await twice()
    const { refreshToken } = there.session
    expect((await as(there.session, 'POST', '/auth/logout', { refreshToken })).status).toBe(204)
    expect([await there.closed(5_000), await there2.closed(5_000)]).toEqual([4001, 4001])
    expect(await here.request({ type: 'heartbeat' })).toMatchObject({ type: 'heartbeat_ack' })
    // The token is refused by REST and by every chat server.
    expect((await as(there.session, 'GET', '/servers')).status).toBe(401)
    for (const which of [0, -1] as const) {
      const again = await BareClient.open(at(there.session, which))
      again.send({ type: 'authenticate', token: there.session.sessionToken })
      expect(await again.closed()).toBe(4001)
    }
    here.terminate()
  })

  it('a change of the password closes the sockets of all other log-ins', async () => {
    const { here, there, there2 } = await twice()
    const body = { oldPassword: password, newPassword: 'another good one' }
    expect((await as(here.session, 'POST', '/users/me/password', body)).status).toBe(200)
    expect([await there.closed(5_000), await there2.closed(5_000)]).toEqual([4001, 4001])
    expect(await here.request({ type: 'heartbeat' })).toMatchObject({ type: 'heartbeat_ack' })
    here.terminate()
  })

  it('a user can end a log-in, and its sockets, from another log-in', async () => {
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

  it('the reuse of an old refresh token closes the sockets of its log-in', async () => {
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

  it('the deletion of an account closes all its sockets', async () => {
    const { here, there } = await twice()
    expect((await as(here.session, 'DELETE', '/users/me', { password })).status).toBe(204)
    expect([await here.closed(5_000), await there.closed(5_000)]).toEqual([4001, 4001])
  })
})

describe('a token', () => {
  /** Signs a token with this key for an existing log-in. */
  const signed = (session: LoggedIn, secret: string, ttlMs: number): string => {
    const payload = session.sessionToken.split('.')[1] ?? ''
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { fam: string }
    const { username } = session
    const subject = { username, displayName: username, familyId: claims.fam, admin: false }
    return new AccessTokens({ secrets: [secret], ttlMs }).issue(subject).token
  }

  it('an expired token closes its socket with 4001, unless it was renewed in time', async () => {
    const session = await register(world.url, newName())
    const short = { ...session, sessionToken: signed(session, worldKeys.current, 6_000) }
    const [idle, renewed] = [await BareClient.connect(short), await BareClient.connect(short)]
    const { sessionToken: token } = session
    expect(await renewed.request({ type: 'authenticate', token })).toMatchObject({
      type: 'authenticated',
    })
    expect(await idle.closed(9_000)).toBe(4001)
    expect(renewed.closedWith).toBeNull()
    expect((await as(short, 'GET', '/servers')).status).toBe(401)
    renewed.terminate()
  })

  it('a token of the previous key is valid everywhere, and one of an unknown key nowhere', async () => {
    const session = await register(world.url, newName())
    const everywhere = async (sessionToken: string): Promise<(number | string)[]> => {
      const statuses = await Promise.all(
        world.apis.map((api) => call(api, 'GET', '/servers', { token: sessionToken })),
      )
      const first = await Promise.all(
        world.sockets.map(async (socketUrl) => {
          const client = await BareClient.open({ ...session, sessionToken, socketUrl })
          client.send({ type: 'authenticate', token: sessionToken })
          const { type } = await client.next(() => true)
          client.terminate()
          return type
        }),
      )
      return [...new Set([...statuses.map(({ status }) => status), ...first])]
    }
    const good = [200, 'authenticated']
    expect(await everywhere(signed(session, worldKeys.previous, 60_000))).toEqual(good)
    expect(await everywhere(signed(session, worldKeys.current, 60_000))).toEqual(good)
    const foreign = signed(session, 'a-key-of-somebody-else-with-at-least-256-bits', 60_000)
    expect(await everywhere(foreign)).toEqual([401, 'error'])
    // New tokens are signed with the new key.
    const { body } = await call(world.url, 'POST', '/auth/refresh', { body: session })
    const keyOf = (token: string): unknown =>
      (
        JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as {
          kid: string
        }
      ).kid
    expect(keyOf(body.sessionToken)).toBe(keyOf(signed(session, worldKeys.current, 1_000)))
  })
})

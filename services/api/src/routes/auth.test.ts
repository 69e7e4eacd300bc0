import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { AuthAnswer, LoginSession } from '@rookery/protocol'
import { Passwords } from '../auth/passwords.ts'
import { openTestApi, password, refused, type TestApi } from '../testing/test-api.ts'

let test: TestApi
beforeEach(async () => {
  test = await openTestApi()
})
afterEach(() => test.close())

const chat = { id: 'chat-1', host: '127.0.0.1', port: 3001, url: 'ws://127.0.0.1:3001' }
const logIn = <Body = AuthAnswer>(username: string, secret = password) =>
  test.call<Body>('POST /auth', { body: { username, password: secret } })
const refresh = (refreshToken: string) =>
  test.call<AuthAnswer>('POST /auth/refresh', { body: { refreshToken } })
const sessionsOf = async (token: string) =>
  (await test.call<{ sessions: LoginSession[] }>('GET /auth/sessions', { token })).body.sessions
const endedFamilies = () =>
  test.pushed.flatMap((push) => (push.k === 'families_ended' ? push.familyIds : []))

describe('POST /auth/register', () => {
  it('registers a user and logs the user in', async () => {
    const body = { username: 'Ann.B', password, displayName: 'Ann 😀' }
    const answer = await test.call<AuthAnswer>('POST /auth/register', { body })
    expect(answer).toMatchObject({ status: 201 })
    expect(answer.body).toEqual({
      sessionToken: expect.any(String),
      refreshToken: expect.any(String),
      expiresIn: 900,
      user: { username: 'ann.b', displayName: 'Ann 😀' },
      servers: { chat },
    })
    expect(test.tokens.verify(answer.body.sessionToken)).toMatchObject({
      username: 'ann.b',
      displayName: 'Ann 😀',
      admin: false,
    })
  })

  it('uses the username as the display name if none is given', async () => {
    expect((await test.register('ann')).user).toEqual({ username: 'ann', displayName: 'ann' })
  })

  it('refuses reserved names, and taken names also with . for _ or in another case', async () => {
    await test.register('a.b')
    for (const username of ['a.b', 'A.B', 'a_b', 'inbox', 'System']) {
      const answer = await test.call('POST /auth/register', { body: { username, password } })
      expect(answer).toMatchObject(refused(409, 'username_taken'))
    }
  })

  it('gives a name to one of four parallel registrations', async () => {
    const answers = await Promise.all(
      ['a.b', 'a_b', 'a.b', 'a_b'].map((username) =>
        test.call('POST /auth/register', { body: { username, password } }),
      ),
    )
    const statuses = answers.map((answer) => answer.status)
    expect(statuses.filter((status) => status === 201)).toHaveLength(1)
    expect(statuses.filter((status) => status === 409)).toHaveLength(3)
  })

  it.each([
    ['too short', '1234567'],
    ['too long', '😀'.repeat(129)],
    ['among the most common', 'Password123'],
    ['the username', 'ANN-the-user'],
    ['with U+0000', 'abcdefgh\0'],
    ['with half a character', 'abcdefgh\ud83d'],
  ])('refuses a password that is %s', async (_what, secret) => {
    const body = { username: 'ann-the-user', password: secret }
    const answer = await test.call('POST /auth/register', { body })
    expect(answer).toMatchObject(refused(400, 'invalid_input'))
    expect(JSON.stringify(answer.body)).toContain('body.password')
    expect(JSON.stringify(answer.body)).not.toContain(secret)
  })

  it.each([
    ['the shortest', '😀'.repeat(8)],
    ['the longest', '😀'.repeat(128)],
  ])('uses every 4-byte character of %s password', async (_what, secret) => {
    await test.register('ann', secret)
    expect(await logIn('ann', secret)).toMatchObject({ status: 200 })
    expect(await logIn('ann', secret.slice(2))).toMatchObject({ status: 401 })
  })

  it('finishes a registration that stopped half-way if the password is the same', async () => {
    await test.register('bob')
    const passwordHash = (await test.accounts.find('bob'))?.passwordHash ?? ''
    await test.accounts.create({
      username: 'ann',
      displayName: 'Ann',
      passwordHash,
      createdAtMs: 1,
    })
    expect(await logIn('ann')).toMatchObject(refused(401, 'invalid_credentials'))
    const other = { username: 'ann', password: 'another password' }
    expect(await test.call('POST /auth/register', { body: other })).toMatchObject(
      refused(409, 'username_taken'),
    )
    expect((await test.register('ann')).user.username).toBe('ann')
    expect(await logIn('ann')).toMatchObject({ status: 200 })
  })

  it('makes no account while there is no chat server', async () => {
    const alone = await openTestApi({}, [])
    const body = { username: 'ann', password }
    const answer = await alone.call('POST /auth/register', { body })
    expect(answer).toMatchObject(refused(503, 'unavailable'))
    expect(answer.headers['retry-after']).toBe('1')
    await expect(alone.accounts.find('ann')).resolves.toBeNull()
    await alone.close()
  })
})

describe('POST /auth', () => {
  it('logs a user in by the name in any case', async () => {
    await test.register('ann')
    const answer = await logIn('ANN')
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ user: { username: 'ann' }, servers: { chat } })
  })

  it('answers a wrong password and an unknown name alike', async () => {
    await test.register('ann')
    const [wrong, unknown] = [await logIn('ann', 'wrong'), await logIn('nobody', 'wrong')]
    expect(wrong).toMatchObject(refused(401, 'invalid_credentials'))
    expect(unknown.body).toEqual(wrong.body)
  })

  it('reveals a ban only to a log-in with the right password', async () => {
    await test.register('ann')
    await test.accounts.setRestrictions('ann', { bannedUntilMs: Date.now() + 60_000 })
    expect(await logIn('ann')).toMatchObject(refused(403, 'forbidden'))
    expect(await logIn('ann', 'wrong')).toMatchObject(refused(401, 'invalid_credentials'))
    await test.accounts.setRestrictions('ann', { bannedUntilMs: Date.now() - 1 })
    expect(await logIn('ann')).toMatchObject({ status: 200 })
  })
})

describe('POST /auth/refresh', () => {
  it('returns the same new refresh token to 20 parallel refreshes', async () => {
    const first = await test.register('ann')
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(first.refreshToken)))
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]))
    const successors = new Set(answers.map((answer) => answer.body.refreshToken))
    expect(successors.size).toBe(1)
    expect(successors.has(first.refreshToken)).toBe(false)
    expect(answers[0]?.body).toMatchObject({ user: { username: 'ann' }, servers: { chat } })
  })

  it('keeps the family of a log-in at a refresh', async () => {
    const first = await test.register('ann')
    const second = (await refresh(first.refreshToken)).body
    const family = (answer: AuthAnswer) => test.tokens.verify(answer.sessionToken).familyId
    expect(family(second)).toBe(family(first))
  })

  it('ends a log-in everywhere when a refresh token is used after its successor was', async () => {
    const first = await test.register('ann')
    const second = (await refresh(first.refreshToken)).body
    const third = (await refresh(second.refreshToken)).body
    expect(await refresh(first.refreshToken)).toMatchObject(refused(401, 'unauthorized'))
    expect(await refresh(third.refreshToken)).toMatchObject(refused(401, 'unauthorized'))
    const { familyId } = test.tokens.verify(third.sessionToken)
    expect(endedFamilies()).toEqual([familyId])
    const { sessionToken: token } = third
    expect(await test.call('GET /servers', { token })).toMatchObject(refused(401, 'unauthorized'))
  })

  it('refuses to refresh with a token that is no refresh token', async () => {
    const { sessionToken } = await test.register('ann')
    for (const token of ['x', sessionToken]) {
      expect(await refresh(token)).toMatchObject(refused(401, 'unauthorized'))
    }
  })

  it('refuses a refresh for a banned or deleted account whose log-in has not ended', async () => {
    const ann = await test.register('ann')
    await test.accounts.setRestrictions('ann', { bannedUntilMs: Date.now() + 60_000 })
    expect(await refresh(ann.refreshToken)).toMatchObject(refused(403, 'forbidden'))
    await test.accounts.delete('ann', Date.now())
    expect(await refresh(ann.refreshToken)).toMatchObject(refused(401, 'unauthorized'))
  })

  it('puts a changed display name into a refreshed token', async () => {
    const { refreshToken, sessionToken: token } = await test.register('ann')
    await test.call('PATCH /users/me', { token, body: { displayName: 'New' } })
    const { body } = await refresh(refreshToken)
    expect(body.user.displayName).toBe('New')
    expect(test.tokens.verify(body.sessionToken).displayName).toBe('New')
  })
})

describe('POST /auth/logout', () => {
  it('logs out one log-in and keeps the others', async () => {
    const one = await test.register('ann')
    const two = (await logIn('ann')).body
    const token = one.sessionToken
    const body = { refreshToken: one.refreshToken }
    expect(await test.call('POST /auth/logout', { token, body })).toMatchObject({ status: 204 })
    expect(await refresh(one.refreshToken)).toMatchObject(refused(401, 'unauthorized'))
    expect(await test.call('GET /servers', { token })).toMatchObject(refused(401, 'unauthorized'))
    expect(endedFamilies()).toEqual([test.tokens.verify(token).familyId])
    expect(await refresh(two.refreshToken)).toMatchObject({ status: 200 })
    expect(await sessionsOf(two.sessionToken)).toHaveLength(1)
  })

  it("refuses a log-out with another user's refresh token", async () => {
    const ann = await test.register('ann')
    const bob = await test.register('bob')
    const body = { refreshToken: bob.refreshToken }
    const answer = await test.call('POST /auth/logout', { token: ann.sessionToken, body })
    expect(answer).toMatchObject(refused(401, 'invalid_credentials'))
    expect(await refresh(bob.refreshToken)).toMatchObject({ status: 200 })
  })
})

describe('/auth/sessions', () => {
  it("lists a user's own log-ins and marks the current one", async () => {
    const headers = { 'user-agent': 'Firefox/999' }
    const { sessionToken: token } = await test.register('ann')
    await test.register('bob')
    await test.call('POST /auth', { body: { username: 'ann', password }, headers })
    const sessions = await sessionsOf(token)
    const times = { startedAt: expect.stringMatching(/Z$/), usedAt: expect.stringMatching(/Z$/) }
    expect(sessions).toHaveLength(2)
    expect(sessions.find((session) => session.current)).toMatchObject({
      id: test.tokens.verify(token).familyId,
      ...times,
    })
    expect(sessions.find((session) => !session.current)).toMatchObject({
      device: 'Firefox/999',
      ...times,
    })
  })

  it('lets only its own user end a log-in, once', async () => {
    const { sessionToken: token } = await test.register('ann')
    const other = (await logIn('ann')).body
    const { familyId } = test.tokens.verify(other.sessionToken)
    const bob = await test.register('bob')
    const end = (by: string) => test.call(`DELETE /auth/sessions/${familyId}`, { token: by })
    expect(await end(bob.sessionToken)).toMatchObject(refused(404, 'not_found'))
    expect(await end(token)).toMatchObject({ status: 204 })
    expect(await end(token)).toMatchObject(refused(404, 'not_found'))
    expect(await refresh(other.refreshToken)).toMatchObject(refused(401, 'unauthorized'))
    expect(endedFamilies()).toEqual([familyId])
  })
})

describe('GET /servers', () => {
  it('returns the chat server to connect to', async () => {
    const { sessionToken: token } = await test.register('ann')
    expect(await test.call('GET /servers', { token })).toMatchObject({
      status: 200,
      body: { chat },
    })
  })
})

describe('a hash of an older cost', () => {
  it('renews a password hash of an older cost at log-in, and accepts the password again', async () => {
    await test.register('ann')
    const old = await new Passwords({ memoryKib: 20_000, passes: 2 }).hash(password, 'a')
    const { passwordHash = '' } = (await test.accounts.find('ann')) ?? {}
    await test.accounts.setPasswordHash('ann', passwordHash, old)
    expect(await logIn('ann', 'wrong one')).toMatchObject({ status: 401 })
    await expect(test.accounts.find('ann')).resolves.toMatchObject({ passwordHash: old })
    expect(await logIn('ann')).toMatchObject({ status: 200 })
    const renewed = (await test.accounts.find('ann'))?.passwordHash ?? ''
    expect(renewed).toContain('m=19456,t=2,p=1')
    expect(await logIn('ann')).toMatchObject({ status: 200 })
    await expect(test.accounts.find('ann')).resolves.toMatchObject({ passwordHash: renewed })
  })
})

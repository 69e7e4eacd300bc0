import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { randomInt } from 'node:crypto'
import { postFor } from '../src/forwarded.ts'
import { call, newName, password, register, type Answer, type Body } from '../src/rest.ts'
import { startWorld, type World } from '../src/world.ts'

// Attacks that could succeed against several api processes. A cluster has two of them; the platform
// in one process must withstand them as well.
let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

/** The number of the call: successive calls go to successive apis. */
let turn = 0
const nextApi = (): string => {
  turn += 1
  return world.apis[turn % world.apis.length] ?? ''
}
const post = (path: string, body: unknown, token?: string): Promise<Answer> =>
  call(nextApi(), 'POST', path, { body, ...(token === undefined ? {} : { token }) })
const logIn = (username: string, secret: string = password): Promise<Answer> =>
  post('/auth', { username, password: secret })
const codeOf = ({ status, body }: { status: number; body: Body }): string =>
  status < 300 ? 'ok' : body.error.code
/** An address that no other test uses. */
const stranger = (): string => `100.64.${randomInt(256)}.${randomInt(256)}`

describe('the refresh of tokens', () => {
  it('20 refreshes together give one successor, whichever api answers', async () => {
    const { refreshToken } = await register(world.url, newName())
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post('/auth/refresh', { refreshToken })),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const successors = new Set(answers.map(({ body }) => body.refreshToken))
    expect(successors.size).toBe(1)
    // The answer may be lost, so the old token is valid until the new one is used.
    const again = await post('/auth/refresh', { refreshToken })
    expect(successors.has(again.body.refreshToken)).toBe(true)
    expect(codeOf(await post('/auth/refresh', { refreshToken: [...successors][0] }))).toBe('ok')
  })

  it('a refresh token whose successor was used ends the log-in at every api', async () => {
    const { refreshToken } = await register(world.url, newName())
    const second = (await post('/auth/refresh', { refreshToken })).body
    const third = (await post('/auth/refresh', { refreshToken: second.refreshToken })).body
    expect(codeOf(await post('/auth/refresh', { refreshToken }))).toBe('unauthorized')
    for (const token of [third.refreshToken, second.refreshToken])
      expect(codeOf(await post('/auth/refresh', { refreshToken: token }))).toBe('unauthorized')
    const closed = async (): Promise<boolean> =>
      (
        await Promise.all(
          world.apis.map((api) => call(api, 'GET', '/servers', { token: third.sessionToken })),
        )
      ).every(({ status }) => status === 401)
    const until = Date.now() + 5_000
    while (!(await closed()) && Date.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await closed()).toBe(true)
  })
})

describe('guesses at passwords', () => {
  it('guesses at one account are counted over all apis, and get a time to wait', async () => {
    const { username } = await register(world.url, newName())
    const codes: string[] = []
    for (let n = 0; n < 10; n += 1) codes.push(codeOf(await logIn(username, 'wrong password')))
    expect(new Set(codes)).toEqual(new Set(['invalid_credentials']))
    for (const api of world.apis) {
      const body = { username, password }
      const { status, headers, body: answer } = await call(api, 'POST', '/auth', { body })
      expect([status, answer.error.code]).toEqual([429, 'rate_limited'])
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
      expect(answer.error.retryAfterMs).toBeGreaterThan(0)
    }
  })

  it('50 guesses together are checked no more than 10 guesses in a row', async () => {
    const { username } = await register(world.url, newName())
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => logIn(username, 'wrong password')),
    )
    const checked = answers.filter((answer) => codeOf(answer) === 'invalid_credentials')
    expect(checked.length).toBeLessThanOrEqual(10)
    expect(answers.filter((answer) => codeOf(answer) === 'rate_limited')).toHaveLength(
      50 - checked.length,
    )
  })

  it('a right password forgives wrong ones before it, also at another api', async () => {
    const { username } = await register(world.url, newName())
    for (let round = 0; round < 3; round += 1) {
      for (let n = 0; n < 6; n += 1)
        expect(codeOf(await logIn(username, 'wrong password'))).toBe('invalid_credentials')
      expect(codeOf(await logIn(username))).toBe('ok')
    }
  })

  it('guesses from many addresses do not lock out a user at a known address', async () => {
    const username = newName('victim')
    const home = stranger()
    const auth = (client: string, secret: string) =>
      postFor(client, `${nextApi()}/auth`, { username, password: secret })
    const made = { username, password }
    expect((await postFor(home, `${nextApi()}/auth/register`, made)).status).toBe(201)
    expect(codeOf(await auth(home, password))).toBe('ok')
    const codes: string[] = []
    for (let n = 0; n < 11; n += 1) {
      const attacker = stranger()
      codes.push(
        ...(
          await Promise.all(Array.from({ length: 10 }, () => auth(attacker, 'wrong password')))
        ).map(codeOf),
      )
    }
    // The account is guarded: one guess is allowed again every 3 s …
    expect(codes.filter((code) => code === 'invalid_credentials').length).toBeLessThan(110)
    const more = Array.from({ length: 10 }, () => auth(stranger(), 'wrong password'))
    expect((await Promise.all(more)).map(codeOf)).toContain('rate_limited')
    // … and its owner does not notice.
    expect(codeOf(await auth(home, password))).toBe('ok')
  }, 30_000)

  it('a failed log-in does not reveal whether the account exists', async () => {
    const { username } = await register(world.url, newName())
    const [known, unknown] = [await logIn(username, 'wrong one'), await logIn(newName(), password)]
    expect([unknown.status, unknown.body]).toEqual([known.status, known.body])
  })
})

describe('a password', () => {
  const attempt = async (secret: string, username = newName()): Promise<string> =>
    codeOf(await post('/auth/register', { username, password: secret }))

  it.each([
    ['of 7 characters', 'kw8#pQz'],
    ['of 129 characters', 'kw8#pQzr'.repeat(16) + 'x'],
    ['among the most common', 'password123'],
    ['with half a surrogate pair', 'kw8#pQzr\ud800'],
  ])('a password %s is refused', async (_what, secret) => {
    expect(await attempt(secret)).toBe('invalid_input')
  })

  it('a password equal to the username is refused in any case of letters', async () => {
    const username = newName('longname')
    expect(await attempt(username.toUpperCase(), username)).toBe('invalid_input')
  })

  it.each([
    ['of 128 characters', 'kw8#pQz'.repeat(18) + '!y'],
    ['of 128 characters of four bytes', '🦜'.repeat(127) + '🦉'],
    ['of 8 characters with spaces at both ends', ' kw8#pQ '],
  ])('a password %s is kept to its last character', async (_what, secret) => {
    const username = newName()
    expect(await attempt(secret, username)).toBe('ok')
    expect(codeOf(await logIn(username, secret))).toBe('ok')
    // The password was neither cut nor trimmed.
    const others = [secret.slice(0, -2), secret.trim()]
    for (const other of others.filter((one) => one !== secret))
      expect(['invalid_credentials', 'invalid_input']).toContain(
        codeOf(await logIn(username, other)),
      )
  })

  it('a password is the same in every Unicode form, and its composed letters count', async () => {
    const username = newName()
    const secret = 'Zu\u0308rich\u00A0e\u0301t'
    expect(await attempt('e\u0301'.repeat(7))).toBe('invalid_input')
    expect(await attempt('e\u0301'.repeat(129))).toBe('invalid_input')
    expect(await attempt('e\u0301'.repeat(128))).toBe('ok')
    expect(await attempt(secret, username)).toBe('ok')
    for (const typed of [secret, secret.normalize('NFC'), 'Zürich ét'.normalize('NFD')])
      expect(codeOf(await logIn(username, typed))).toBe('ok')
    expect(codeOf(await logIn(username, 'Zurich et'))).toBe('invalid_credentials')
  })

  it('only one of several concurrent changes of a password succeeds', async () => {
    const { username, sessionToken } = await register(world.url, newName())
    const answers = await Promise.all(
      ['first new one', 'second new one', 'third new one'].map(async (newPassword) => ({
        newPassword,
        code: codeOf(
          await post('/users/me/password', { oldPassword: password, newPassword }, sessionToken),
        ),
      })),
    )
    const changed = answers.filter(({ code }) => code === 'ok')
    expect(changed).toHaveLength(1)
    expect(codeOf(await logIn(username, changed[0]?.newPassword))).toBe('ok')
    expect(codeOf(await logIn(username))).toBe('invalid_credentials')
  })
})

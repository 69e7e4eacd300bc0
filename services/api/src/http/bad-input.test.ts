import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { restErrorSchema } from '@rookery/protocol'
import fc from 'fast-check'
import { connect } from 'node:net'
import { openTestApi, refused, type TestApi } from '../testing/test-api.ts'

let test: TestApi
let token: string
beforeAll(async () => {
  test = await openTestApi({
    RATE_LIMIT_REQUESTS: '100000/1s',
    RATE_LIMIT_LOGIN: '100000/1s',
    RATE_LIMIT_LOGIN_ADDRESS: '100000/1s',
    RATE_LIMIT_REFRESH: '100000/1s',
  })
  token = (await test.register('ann')).sessionToken
})
afterAll(() => test.close())

const json = { 'content-type': 'application/json' }

describe('a body', () => {
  it.each([
    ['that is cut off', '{"username":"ann"', 'the body is not JSON'],
    ['that is not JSON', 'username=ann', 'the body is not JSON'],
    ['with NaN', '{"username":NaN}', 'the body is not JSON'],
    ['with __proto__', '{"__proto__":{"username":"ann"}}', 'a key __proto__'],
    ['with __proto__, escaped and deep', '{"a":[{"\\u005f_proto__":1}]}', 'a key __proto__'],
    ['that is empty', '', 'body: Invalid input'],
    ['that is null', 'null', 'body: Invalid input'],
    ['that is an array', '[]', 'body: Invalid input'],
    ['that is a number', '7', 'body: Invalid input'],
    ['that is a string', '"x"', 'body: Invalid input'],
    ['without a field', '{"username":"ann"}', 'body.password: Invalid input'],
    ['with a field of another type', '{"username":1,"password":"x"}', 'body.username'],
    ['with an object for a text', '{"username":{},"password":"x"}', 'body.username'],
    ['nested 30,000 deep', `{"username":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, 'body'],
  ])('refuses a body %s as invalid_input', async (_what, body, message) => {
    const answer = await test.call('POST /auth', { body, headers: json })
    expect(answer).toMatchObject(refused(400, 'invalid_input'))
    expect(answer.body.error.message).toContain(message)
  })

  it('refuses a body that is not UTF-8 as invalid_input', async () => {
    const body = Buffer.from('7b2261223a22ff227d', 'hex')
    const answer = await test.call('POST /auth', { body, headers: json })
    expect(answer).toMatchObject(refused(400, 'invalid_input'))
    expect(answer.body.error.message).toContain('UTF-8')
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'nonsense'])(
    'refuses a body of type %s as invalid_input',
    async (type) => {
      const headers = { 'content-type': type }
      const answer = await test.call('POST /auth', { body: '{}', headers })
      expect(answer).toMatchObject(refused(400, 'invalid_input'))
      expect(answer.body.error.message).toContain('application/json')
    },
  )

  it.each(['gzip', 'br', 'deflate', 'x-gzip', 'identity, gzip', 'GZIP'])(
    'refuses a body in the content-encoding %s and names it',
    async (coding) => {
      const headers = { ...json, 'content-encoding': coding }
      const answer = await test.call('POST /auth', { body: '{}', headers })
      expect(answer).toMatchObject(refused(415, 'invalid_input'))
      expect(answer.body.error.message).toContain('content-encoding')
      expect(answer.body.error.message).toContain(coding.split(', ').at(-1))
    },
  )

  it.each(['latin1', 'utf-16', '"iso-8859-1"', 'UTF-16LE', '', 'utf-8; charset=latin1'])(
    'refuses a body in the charset %s and names it',
    async (charset) => {
      const headers = { 'content-type': `application/json; charset=${charset}` }
      const body = Buffer.from('{"username":"Zo\u00eb","password":"x"}', 'latin1')
      const answer = await test.call('POST /auth', { body, headers })
      expect(answer).toMatchObject(refused(415, 'invalid_input'))
      expect(answer.body.error.message).toContain('charset')
    },
  )

  it.each([
    { 'content-type': 'application/json; charset=UTF-8' },
    { 'content-type': 'application/json;charset="utf-8"' },
    { 'content-type': 'Application/JSON; charset=utf8' },
    { 'content-encoding': 'identity' },
    { 'content-encoding': '' },
    { accept: 'text/html' },
    { accept: 'application/xml;q=0.1, */*;q=0' },
    { 'accept-encoding': 'identity;q=0, br' },
    { 'accept-charset': 'latin1' },
    { 'accept-language': '😀' },
    { range: 'bytes=0-1' },
    { te: 'gzip, trailers' },
  ])('reads a body with the headers %j', async (headers) => {
    const body = JSON.stringify({ username: 'ann', password: 'correct horse battery' })
    const given = { ...json, ...(headers as Record<string, string>) }
    expect(await test.call('POST /auth', { body, headers: given })).toMatchObject({ status: 200 })
  })

  it('ignores content headers of a request without a body', async () => {
    const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json; charset=x' }
    expect(await test.call('GET /users/ann', { token, headers })).toMatchObject({ status: 200 })
  })

  it('refuses a body without a content-type and names the one to send', async () => {
    const body = Buffer.from('{"username":"ann","password":"x"}')
    const answer = await test.call('POST /auth', { body, headers: { 'content-type': '' } })
    expect(answer).toMatchObject(refused(400, 'invalid_input'))
    expect(answer.body.error.message).toContain('application/json')
  })

  it('reads a body of 64 KiB, and refuses one byte more as too_large', async () => {
    const body = (bytes: number) => `{"username":"${'x'.repeat(bytes - 15)}"}`
    expect(body(65_536)).toHaveLength(65_536)
    const whole = await test.call('POST /auth', { body: body(65_536), headers: json })
    expect(whole).toMatchObject(refused(400, 'invalid_input'))
    const more = await test.call('POST /auth', { body: body(65_537), headers: json })
    expect(more).toMatchObject(refused(413, 'too_large'))
  })

  it('ignores unknown fields of a body, also constructor', async () => {
    const body = '{"refreshToken":"x","constructor":{"prototype":{"x":1}},"more":[]}'
    const answer = await test.call('POST /auth/refresh', { body, headers: json })
    expect(answer).toMatchObject(refused(401, 'unauthorized'))
  })

  it('answers 4xx in the usual form to random bodies', async () => {
    const calls = ['POST /auth', 'POST /auth/register', 'POST /auth/refresh', 'PATCH /users/me']
    const anything = fc.oneof(
      fc.json().map((text) => text),
      fc.string({ unit: 'binary' }),
      fc
        .record({
          username: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
          password: fc.oneof(fc.string({ unit: 'binary', maxLength: 7 }), fc.jsonValue()),
          refreshToken: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
          displayName: fc.jsonValue().filter((value) => typeof value !== 'string'),
        })
        .map((value) => JSON.stringify(value)),
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...calls), anything, async (call, body) => {
        const answer = await test.call(call, { body, token, headers: json })
        expect(answer.status).toBeGreaterThanOrEqual(400)
        expect(answer.status).toBeLessThan(500)
        expect(restErrorSchema.safeParse(answer.body).error).toBeUndefined()
      }),
      { numRuns: 300 },
    )
  })
})

describe('a path or query', () => {
  it.each([
    ['GET /nowhere', 404, 'not_found'],
    ['GET /auth', 404, 'not_found'],
    ['PUT /users/me', 404, 'not_found'],
    ['GET /users/%ff', 400, 'invalid_input'],
    ['GET /users/%00', 400, 'invalid_input'],
    [`GET /users/${'x'.repeat(65)}`, 400, 'invalid_input'],
    [`GET /users/${'x'.repeat(1_900)}`, 400, 'invalid_input'],
    ['GET /users/-x', 400, 'invalid_input'],
    ['GET /users?query=%00', 400, 'invalid_input'],
    ['GET /users?query=%ff', 400, 'invalid_input'],
    ['GET /users?query=%e2%82', 400, 'invalid_input'],
    ['GET /users?query=%', 400, 'invalid_input'],
    ['GET /users?query=a&query=b', 400, 'invalid_input'],
    ['GET /users?__proto__=1', 400, 'invalid_input'],
  ] as const)('refuses %s with %i %s', async (call, status, code) => {
    expect(await test.call(call, { token })).toMatchObject(refused(status, code))
  })
})

describe('a bearer token', () => {
  it.each([
    ['none', undefined],
    ['another scheme', 'Basic YTpi'],
    ['nothing after the scheme', 'Bearer '],
    ['two tokens', 'Bearer a b'],
    ['a word', 'Bearer x'],
    ['an emoji', 'Bearer 😀'],
  ])('refuses %s as the authorization with unauthorized', async (_what, authorization) => {
    const headers = authorization === undefined ? {} : { authorization }
    const answer = await test.call('GET /servers', { headers })
    expect(answer).toMatchObject(refused(401, 'unauthorized'))
  })

  it('refuses a bearer token that is a refresh token, cut, longer or of another key', async () => {
    const { body } = await test.call<{ refreshToken: string }>('POST /auth', {
      body: { username: 'ann', password: 'correct horse battery' },
    })
    const stranger = await openTestApi()
    const foreign = (await stranger.register('ann')).sessionToken
    await stranger.close()
    for (const wrong of [body.refreshToken, token.slice(0, -1), `${token}x`, foreign]) {
      const answer = await test.call('GET /servers', { token: wrong })
      expect(answer).toMatchObject(refused(401, 'unauthorized'))
      expect(JSON.stringify(answer.body)).not.toContain(wrong)
    }
  })

  it('checks the bearer token before the body', async () => {
    const answer = await test.call('PATCH /users/me', { body: '{', headers: json })
    expect(answer).toMatchObject(refused(401, 'unauthorized'))
  })

  it('accepts the scheme Bearer in any case', async () => {
    const headers = { authorization: `bearer ${token}` }
    expect(await test.call('GET /servers', { headers })).toMatchObject({ status: 200 })
  })
})

describe('a connection', () => {
  async function raw(bytes: string): Promise<string> {
    const port = await listening
    const socket = connect(port, '127.0.0.1')
    socket.end(bytes)
    let answer = ''
    for await (const chunk of socket) answer += String(chunk)
    return answer
  }
  let listening: Promise<number>
  beforeAll(() => {
    listening = test.api.listen({ host: '127.0.0.1', port: 0 })
  })

  it('answers bytes that are not HTTP with an error in the usual form', async () => {
    const answer = await raw('\x16\x03\x01 hello\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(answer).toContain('{"error":{"code":"invalid_input"')
  })

  it('answers 431 to endless headers', async () => {
    expect(await raw(`GET /health HTTP/1.1\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431 [^]*"invalid_input"/,
    )
  })

  it('refuses a request with content-length and transfer-encoding', async () => {
    const two = 'content-length: 5\r\ntransfer-encoding: chunked'
    expect(await raw(`POST /auth HTTP/1.1\r\nhost: x\r\n${two}\r\n\r\n0\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 400 /,
    )
  })

  it('bounds the time in which headers and body must arrive', () => {
    const { headersTimeout, requestTimeout } = test.api.app.server
    expect([headersTimeout, requestTimeout].every((ms) => ms > 0 && ms < 10_000)).toBe(true)
  })
})

describe('an answer', () => {
  it('logs an internal error, and hides its message from the client', async () => {
    const broken = await openTestApi()
    broken.accounts.search = () => Promise.reject(new Error('secret internals'))
    const { sessionToken } = await broken.register('ann')
    const answer = await broken.call('GET /users?query=x', { token: sessionToken })
    expect(answer.status).toBe(500)
    expect(answer.body).toEqual({ error: { code: 'internal', message: 'internal error' } })
    expect(broken.logged.join('')).toContain('secret internals')
    await broken.close()
  })

  it('answers unavailable with a delay while the accounts are away', async () => {
    const broken = await openTestApi()
    const { sessionToken } = await broken.register('ann')
    await broken.accounts.close()
    const answer = await broken.call('GET /users?query=x', { token: sessionToken })
    expect(answer).toMatchObject(refused(503, 'unavailable'))
    expect(answer.body.error.retryAfterMs).toBe(1000)
    expect(answer.headers['retry-after']).toBe('1')
    await broken.close()
  })
})

describe('the log', () => {
  it('logs no password and no token', async () => {
    const { body } = await test.call<{ refreshToken: string }>('POST /auth', {
      body: { username: 'ann', password: 'correct horse battery' },
    })
    const log = test.logged.join('')
    for (const secret of ['correct horse', token, body.refreshToken]) {
      expect(log).not.toContain(secret)
    }
  })
})

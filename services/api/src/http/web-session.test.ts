import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { AuthAnswer } from '@rookery/protocol'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

const password = 'correct horse battery'
const marked = { 'x-rookery-web': '1', 'sec-fetch-site': 'same-origin' }

let test: TestApi
beforeEach(async () => {
  test = await openTestApi()
})
afterEach(() => test.close())

async function register(headers: Record<string, string>) {
  const body = { username: 'ada', password }
  const answer = await test.call('POST /auth/register', { headers, body })
  return { ...answer, body: answer.body as unknown as AuthAnswer }
}
const refresh = (headers: Record<string, string>) =>
  test.call('POST /auth/refresh', { headers, body: { refreshToken: 'cookie' } })
const cookieOf = (headers: Record<string, unknown>): string =>
  String(headers['set-cookie']).split(';')[0] ?? ''

describe('the log-in of a page', () => {
  it('keeps the refresh token in a cookie that no script can read', async () => {
    const { headers, body } = await register(marked)
    expect(body.refreshToken).toBe('')
    const cookie = String(headers['set-cookie'])
    expect(cookie).toMatch(/^rookery_refresh=[^;]{20,};/)
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/auth']) expect(cookie).toContain(part)
    expect(cookie).not.toContain('Secure')
  })

  it('marks the cookie as secure behind TLS', async () => {
    await test.close()
    test = await openTestApi({ TRUSTED_PROXIES: '10.0.0.0/8' })
    const { headers } = await test.call('POST /auth/register', {
      address: '10.0.0.1',
      headers: { ...marked, 'x-forwarded-proto': 'https' },
      body: { username: 'ada', password },
    })
    expect(String(headers['set-cookie'])).toContain('Secure')
  })

  it('continues by the cookie, which each refresh replaces', async () => {
    const first = cookieOf((await register(marked)).headers)
    const { status, body, headers } = await refresh({ ...marked, cookie: first })
    expect(status).toBe(200)
    expect(body).toMatchObject({ refreshToken: '', user: { username: 'ada' } })
    expect(cookieOf(headers)).toMatch(/^rookery_refresh=./)
    expect(cookieOf(headers)).not.toBe(first)
  })

  it('refuses a request that another site made, and one without the mark', async () => {
    const cookie = cookieOf((await register(marked)).headers)
    const foreign = await refresh({ ...marked, cookie, 'sec-fetch-site': 'cross-site' })
    expect(foreign).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } })
    expect(await refresh({ cookie })).toMatchObject({ status: 401 })
  })

  it('ends at a log-out, which removes the cookie', async () => {
    const { headers, body } = await register(marked)
    const cookie = cookieOf(headers)
    const out = await test.call('POST /auth/logout', {
      headers: { ...marked, cookie, authorization: `Bearer ${body.sessionToken}` },
      body: { refreshToken: 'cookie' },
    })
    expect(out.status).toBe(204)
    expect(String(out.headers['set-cookie'])).toContain('Max-Age=0')
    expect(await refresh({ ...marked, cookie })).toMatchObject({ status: 401 })
  })

  it('keeps the cookie of a log-out that was refused', async () => {
    const cookie = cookieOf((await register(marked)).headers)
    const other = await test.call('POST /auth/register', { body: { username: 'bob', password } })
    const { sessionToken } = other.body as unknown as AuthAnswer
    const out = await test.call('POST /auth/logout', {
      headers: { ...marked, cookie, authorization: `Bearer ${sessionToken}` },
      body: { refreshToken: 'cookie' },
    })
    expect(out).toMatchObject({ status: 401, body: { error: { code: 'invalid_credentials' } } })
    expect(out.headers).not.toHaveProperty('set-cookie')
    expect(await refresh({ ...marked, cookie })).toMatchObject({ status: 200 })
  })

  it('is not offered to other clients, whose answers hold the refresh token', async () => {
    const { headers, body } = await register({})
    expect(body.refreshToken).not.toBe('')
    expect(headers).not.toHaveProperty('set-cookie')
  })
})

import { afterEach, describe, expect, it } from '@jest/globals'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

let test: TestApi
afterEach(() => test.close())

const preflight = {
  origin: 'https://app.example',
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization',
}

describe('every answer', () => {
  it.each(['GET /health', 'GET /nowhere', 'GET /servers', 'POST /auth', 'GET /openapi.json'])(
    'restricts browsers by its headers: %s',
    async (call) => {
      test = await openTestApi()
      const { headers } = await test.call(call)
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      })
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
      expect(headers['content-type']).toBe('application/json; charset=utf-8')
      expect(headers['cache-control']).toBe('no-store')
      expect(headers).not.toHaveProperty('strict-transport-security')
      expect(headers).not.toHaveProperty('x-powered-by')
      expect(headers).not.toHaveProperty('server')
    },
  )

  it('demands TLS by strict-transport-security if a trusted proxy reports https', async () => {
    test = await openTestApi({ TRUSTED_PROXIES: '10.0.0.0/8' })
    const of = async (address: string) =>
      (await test.call('GET /nowhere', { address, headers: { 'x-forwarded-proto': 'https' } }))
        .headers['strict-transport-security']
    await expect(of('10.0.0.1')).resolves.toContain('max-age=31536000')
    await expect(of('192.0.2.1')).resolves.toBeUndefined()
  })
})

describe('pages of other origins', () => {
  it('lets pages of other origins read no answer by default', async () => {
    test = await openTestApi()
    const asked = await test.call('OPTIONS /auth', { headers: preflight })
    expect(asked.status).toBe(404)
    const answer = await test.call('GET /health', { headers: { origin: 'https://app.example' } })
    for (const { headers } of [asked, answer]) {
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })

  it('lets pages of ALLOWED_ORIGINS call the api without cookies', async () => {
    test = await openTestApi({ ALLOWED_ORIGINS: 'https://app.example, https://b.example' })
    const asked = await test.call('OPTIONS /auth', { headers: preflight })
    expect(asked).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': 'https://app.example',
        'access-control-allow-headers': 'authorization, content-type',
        vary: 'origin',
      },
    })
    expect(asked.headers).not.toHaveProperty('access-control-allow-credentials')
    const refused = await test.call('GET /servers', { headers: { origin: 'https://b.example' } })
    expect(refused).toMatchObject({
      status: 401,
      headers: { 'access-control-allow-origin': 'https://b.example' },
    })
  })

  it.each(['https://evil.example', 'http://app.example', 'https://app.example.evil', 'null', '*'])(
    'lets no page of the unlisted origin %s call the api',
    async (origin) => {
      test = await openTestApi({ ALLOWED_ORIGINS: 'https://app.example' })
      const { status, headers } = await test.call('OPTIONS /auth', {
        headers: { ...preflight, origin },
      })
      expect(status).toBe(404)
      expect(headers).not.toHaveProperty('access-control-allow-origin')
    },
  )
})

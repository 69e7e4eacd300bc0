import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { restRoutes } from '@rookery/protocol'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

let test: TestApi
beforeAll(async () => {
  test = await openTestApi()
})
afterAll(() => test.close())

interface OpenApi {
  openapi: string
  paths: Record<string, Record<string, { operationId: string; security?: unknown[] }>>
  components: { schemas: Record<string, unknown> }
}

describe('GET /openapi.json', () => {
  it('describes every call of the protocol, and whether it needs a token', async () => {
    const { body } = await test.call<OpenApi>('GET /openapi.json')
    expect(body.openapi).toBe('3.1.0')
    const described = Object.entries(body.paths).flatMap(([path, calls]) =>
      Object.entries(calls).map(([method, { operationId, security }]) => ({
        name: operationId,
        call: `${method.toUpperCase()} ${path}`,
        open: security === undefined,
      })),
    )
    const expected = Object.entries(restRoutes).map(([name, { method, path, auth }]) => ({
      name,
      call: `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
      open: auth === 'none',
    }))
    const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name)
    expect(described.sort(byName)).toEqual(expected.sort(byName))
    expect(Object.keys(body.components.schemas)).toEqual(
      expect.arrayContaining(['Error', 'AuthAnswer', 'User', 'Channel', 'Message']),
    )
  })

  it('refers in /openapi.json only to schemas that it holds', async () => {
    const { body } = await test.call<OpenApi>('GET /openapi.json')
    const references = JSON.stringify(body).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)
    const names = new Set([...references].map(([, name]) => name ?? ''))
    expect(names.size).toBeGreaterThan(5)
    const held = Object.keys(body.components.schemas)
    expect([...names].filter((name) => !held.includes(name))).toEqual([])
  })
})

describe('GET /asyncapi.json', () => {
  it('describes the socket in /asyncapi.json', async () => {
    const { status, body } = await test.call<{ asyncapi: string }>('GET /asyncapi.json')
    expect([status, body.asyncapi.split('.')[0]]).toEqual([200, '3'])
  })
})

describe('GET /docs', () => {
  it('serves a /docs page that loads nothing from other hosts', async () => {
    const { status, body, headers } = await test.call<string>('GET /docs')
    expect(status).toBe(200)
    expect(body).toContain('swagger-ui')
    expect(body).not.toMatch(/(src|href)="https?:/)
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/https?:|unsafe|upgrade/)
    const start = await test.call<string>('GET /docs/static/swagger-initializer.js')
    expect(start.body).not.toContain('validator.swagger.io')
  })
})

describe('the operator’s calls', () => {
  it('answers /health, /ready and /metrics without a token', async () => {
    expect(await test.call('GET /health')).toMatchObject({ status: 200, body: { status: 'ok' } })
    expect(await test.call('GET /ready')).toMatchObject({
      status: 200,
      body: { status: 'ready', dependencies: { accounts: { ok: true } } },
    })
    const metrics = await test.call<string>('GET /metrics')
    expect(metrics.body).toContain('http_request_duration_seconds_count{service="api"')
  })
})

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Metrics } from './metrics.ts'
import { opsRoutes } from './ops-routes.ts'

let server: Server
let url: string
let readiness: Map<string, () => Promise<void> | boolean>

beforeEach(async () => {
  readiness = new Map()
  const metrics = new Metrics('test')
  metrics.counter('things_total', 'Things.').inc(2)
  const handle = opsRoutes({ readiness, metrics, checkTimeoutMs: 20 })
  server = createServer((request, response) => {
    if (!handle(request, response)) response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  server.close()
  server.closeAllConnections()
})

describe('opsRoutes', () => {
  it('answers /health with 200 though a dependency is not ready', async () => {
    readiness.set('log', () => false)
    const answer = await fetch(`${url}/health?x`)
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'ok' }])
  })

  it('answers /ready with 200 when every dependency is ready', async () => {
    readiness.set('log', () => true).set('store', () => Promise.resolve())
    const answer = await fetch(`${url}/ready`)
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { status: 'ready', dependencies: { log: { ok: true }, store: { ok: true } } },
    ])
  })

  it('answers /ready with 503 and an error code, never a message, for each missing dependency', async () => {
    const failure = Object.assign(new Error('connect 10.1.2.3'), { code: 'ECONNREFUSED' })
    readiness
      .set('false', () => false)
      .set('rejects', () => Promise.reject(failure))
      .set('throws', () => {
        throw new Error('secret host')
      })
      .set('hangs', () => new Promise(() => {}))
    const answer = await fetch(`${url}/ready`)
    expect([answer.status, await answer.json()]).toEqual([
      503,
      {
        status: 'not_ready',
        dependencies: {
          false: { ok: false, error: 'not_ready' },
          rejects: { ok: false, error: 'ECONNREFUSED' },
          throws: { ok: false, error: 'failed' },
          hangs: { ok: false, error: 'timeout' },
        },
      },
    ])
  })

  it('shares one readiness check among concurrent probes', async () => {
    let checks = 0
    readiness.set('slow', () => {
      checks++
      return new Promise(() => {})
    })
    await Promise.all(Array.from({ length: 5 }, () => fetch(`${url}/ready`)))
    expect(checks).toBeLessThan(5)
    const before = checks
    await fetch(`${url}/ready`)
    expect(checks).toBe(before + 1)
  })

  it('answers /metrics with the metrics of the service, which label it', async () => {
    const answer = await fetch(`${url}/metrics`)
    expect(answer.headers.get('content-type')).toContain('text/plain')
    expect(await answer.text()).toContain('things_total{service="test"} 2')
  })

  it('leaves other paths and methods unanswered', async () => {
    const statuses = [
      await fetch(`${url}/other`),
      await fetch(`${url}/toString`),
      await fetch(`${url}/health`, { method: 'POST' }),
    ].map((answer) => answer.status)
    expect(statuses).toEqual([404, 404, 404])
  })
})

describe('Metrics', () => {
  it('keeps the metrics of two services apart, and reads a gauge when its page is made', async () => {
    let value = 1
    const one = new Metrics('one').collectProcessMetrics()
    const two = new Metrics('two')
    two.gauge('depth', 'Depth.', { collect: () => value })
    value = 7
    expect((await two.page()).body).toContain('depth{service="two"} 7')
    expect((await two.page()).body).not.toContain('process_')
    expect((await one.page()).body).toContain('process_cpu_seconds_total{service="one"}')
  })
})

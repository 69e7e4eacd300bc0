import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

let test: TestApi
beforeEach(async () => {
  test = await openTestApi()
})
afterEach(() => test.close())

const get = (path: string) => test.api.app.inject({ url: path })

describe('the web pages', () => {
  it.each(['/', '/app', '/app/c/x/1', '/console', '/console/cluster'])(
    'are served with a policy that allows nothing unsafe and no frames: %s',
    async (path) => {
      const { statusCode, headers, body } = await get(path)
      expect(statusCode).toBe(200)
      expect(headers['content-type']).toMatch(/^text\/html/)
      expect(headers['cache-control']).toBe('no-cache')
      const policy = String(headers['content-security-policy'])
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).toContain("require-trusted-types-for 'script'")
      expect(policy).not.toContain('unsafe')
      expect(body).toContain('<div id="app"></div>')
    },
  )

  it('may open sockets only to the hosts of the chat servers', async () => {
    const { headers } = await get('/')
    const connect = /connect-src ([^;]*)/.exec(String(headers['content-security-policy']))?.[1]
    expect(connect?.split(' ')[0]).toBe("'self'")
    expect(connect).not.toContain('ws: ')
    expect(connect).not.toContain('*.')
  })

  it('serve their files for ever under names with a hash, and compressed', async () => {
    const script = /src="(\/assets\/[^"]+\.js)"/.exec((await get('/')).body)?.[1] ?? ''
    const plain = await get(script)
    expect(plain.headers['cache-control']).toContain('immutable')
    const packed = await test.api.app.inject({ url: script, headers: { 'accept-encoding': 'br' } })
    expect(packed.headers['content-encoding']).toBe('br')
    expect(packed.rawPayload.length).toBeLessThan(plain.rawPayload.length / 2)
  })

  it('give no file outside of their folder', async () => {
    for (const path of ['/assets/..%2f..%2fpackage.json', '/assets/%2e%2e/index.html'])
      expect((await get(path)).statusCode).toBeGreaterThanOrEqual(400)
  })
})

import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { restRoutes } from './index.ts'
import type { RestRouteName } from './index.ts'
import type { RestRoute } from './shared.ts'

const accepts = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success

describe('REST schemas', () => {
  it('cover every call of the protocol document', () => {
    const calls = Object.values(restRoutes).map(({ method, path }) => `${method} ${path}`)
    expect(calls.toSorted()).toEqual(
      [
        'POST /auth/register',
        'POST /auth',
        'POST /auth/refresh',
        'POST /auth/logout',
        'GET /servers',
        'GET /channels',
        'GET /channels/public',
        'GET /channels/:channelId',
        'GET /channels/:channelId/participants',
        'GET /channels/:channelId/messages',
        'POST /channels/:channelId/messages',
        'GET /channels/:channelId/consumers/:name/messages',
        'POST /channels/:channelId/consumers/:name/commit',
        'GET /channels/:channelId/messages/:seq',
        'GET /users',
        'GET /users/:username',
        'PATCH /users/me',
        'DELETE /users/me',
        'POST /users/me/password',
        'GET /auth/sessions',
        'DELETE /auth/sessions/:id',
        'POST /admin/users/:username/ban',
        'DELETE /admin/users/:username/ban',
        'POST /admin/users/:username/mute',
        'DELETE /admin/users/:username/mute',
        'GET /admin/audit',
        'GET /cluster',
        'GET /health',
        'GET /ready',
        'GET /metrics',
      ].toSorted(),
    )
  })

  it.each([
    [{ username: 'ada', password: '12345678' }, true],
    [{ username: 'ada', password: '1234567' }, false],
    [{ username: 'ada', password: '😀'.repeat(7) }, false],
    [{ username: 'ada', password: '😀'.repeat(8) }, true],
    [{ username: 'ada', password: '😀'.repeat(128) }, true],
    [{ username: 'ada', password: 'x'.repeat(129) }, false],
    [{ username: 'ada', password: '1234567\0' }, false],
    [{ username: 'ada', password: '1234567\uD800' }, false],
    [{ username: 'ada', password: '12345678', displayName: '😀'.repeat(64) }, true],
    [{ username: 'ada', password: '12345678', displayName: 'x'.repeat(65) }, false],
    [{ username: 'ada', password: '12345678', displayName: '' }, false],
    [{ username: ['ada'], password: '12345678' }, false],
    [{ password: '12345678' }, false],
    [[], false],
    [null, false],
    ['x', false],
  ])('accept the registration %j: %p', (body, expected) => {
    expect(accepts(restRoutes.register.body, body)).toBe(expected)
  })

  it.each([
    [{}, { limit: 50 }],
    [{ limit: '1' }, { limit: 1 }],
    [
      { limit: '100', before: '7' },
      { limit: 100, before: 7 },
    ],
    [{ after: '0' }, { limit: 50, after: 0 }],
    [{ limit: '0' }, null],
    [{ limit: '101' }, null],
    [{ limit: '' }, null],
    [{ limit: '1e1' }, null],
    [{ limit: '-1' }, null],
    [{ limit: '1.5' }, null],
    [{ limit: ['1', '2'] }, null],
    [{ before: '0' }, null],
    [{ before: '99999999999999999' }, null],
    [{ before: '3', after: '2' }, null],
  ])('read the query %j of a page of messages as %j', (query, expected) => {
    const parsed = restRoutes.listMessages.query.safeParse(query)
    expect(parsed.success ? parsed.data : null).toEqual(expected)
  })

  it('accept a clientSeq from a producer only with its session', () => {
    const { body } = restRoutes.produceMessage
    expect(accepts(body, { content: 'x' })).toBe(true)
    expect(accepts(body, { content: 'x', session: 's' })).toBe(true)
    expect(accepts(body, { content: 'x', session: 's', clientSeq: 1 })).toBe(true)
    expect(accepts(body, { content: 'x', clientSeq: 1 })).toBe(false)
    expect(accepts(body, { content: 'x', session: '_s', clientSeq: 1 })).toBe(false)
  })

  it.each(Object.keys(restRoutes) as RestRouteName[])(
    'can be written as JSON Schema: %s',
    (name) => {
      const route: RestRoute = restRoutes[name]
      for (const part of ['params', 'query', 'body'] as const) {
        const schema = route[part] ?? z.object({})
        expect(z.toJSONSchema(schema, { io: 'input' }).type).toBe('object')
      }
      expect(() => z.toJSONSchema(route.answer, { unrepresentable: 'any' })).not.toThrow()
    },
  )
})

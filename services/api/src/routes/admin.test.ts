import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { forever } from '@rookery/accounts'
import type { AuditEntry } from '@rookery/protocol'
import { openTestApi, password, refused, type TestApi } from '../testing/test-api.ts'

let test: TestApi
let root: string
let ann: string
beforeEach(async () => {
  test = await openTestApi()
  root = await test.enrol('root')
  ann = (await test.register('ann')).sessionToken
})
afterEach(() => test.close())

const reason = 'spam 😀'
const audit = async (query = '') =>
  (await test.call<{ entries: AuditEntry[] }>(`GET /admin/audit${query}`, { token: root })).body
    .entries

describe('/admin/users/:username/ban', () => {
  it('ends every log-in of a banned user, who then cannot log in', async () => {
    const answer = await test.call('POST /admin/users/Ann/ban', { token: root, body: { reason } })
    expect(answer).toMatchObject({ status: 204 })
    await expect(test.accounts.find('ann')).resolves.toMatchObject({ bannedUntilMs: forever })
    const { familyId } = test.tokens.verify(ann)
    expect(test.pushed).toContainEqual({
      k: 'families_ended',
      familyIds: [familyId],
      reason: 'banned',
    })
    expect(await test.call('GET /servers', { token: ann })).toMatchObject(
      refused(401, 'unauthorized'),
    )
    const body = { username: 'ann', password }
    expect(await test.call('POST /auth', { body })).toMatchObject(refused(403, 'forbidden'))
    expect(await test.call('DELETE /admin/users/ann/ban', { token: root })).toMatchObject({
      status: 204,
    })
    expect(await test.call('POST /auth', { body })).toMatchObject({ status: 200 })
  })

  it('bans until a time, which must be in the future', async () => {
    const until = new Date(Date.now() + 60_000).toISOString()
    const ban = (body: object) => test.call('POST /admin/users/ann/ban', { token: root, body })
    expect(await ban({ until, reason })).toMatchObject({ status: 204 })
    await expect(test.accounts.find('ann')).resolves.toMatchObject({
      bannedUntilMs: Date.parse(until),
    })
    for (const wrong of [new Date(0).toISOString(), 'tomorrow', 5]) {
      expect(await ban({ until: wrong, reason })).toMatchObject(refused(400, 'invalid_input'))
    }
    expect(await ban({})).toMatchObject(refused(400, 'invalid_input'))
  })
})

describe('/admin/users/:username/mute', () => {
  it('tells the chat servers of a mute and of its end', async () => {
    const call = '/admin/users/ann/mute'
    expect(await test.call(`POST ${call}`, { token: root, body: { reason } })).toMatchObject({
      status: 204,
    })
    await expect(test.accounts.find('ann')).resolves.toMatchObject({ mutedUntilMs: forever })
    expect(await test.call(`DELETE ${call}`, { token: root })).toMatchObject({ status: 204 })
    await expect(test.accounts.find('ann')).resolves.toMatchObject({ mutedUntilMs: null })
    expect(test.pushed).toEqual([
      { k: 'muted', username: 'ann', untilMs: forever },
      { k: 'muted', username: 'ann', untilMs: null },
    ])
    expect(await test.call('GET /servers', { token: ann })).toMatchObject({ status: 200 })
  })
})

describe('the admin calls', () => {
  const calls = [
    'POST /admin/users/bob/ban',
    'DELETE /admin/users/bob/ban',
    'POST /admin/users/bob/mute',
    'DELETE /admin/users/bob/mute',
    'GET /admin/audit',
  ]
  const body = { reason }

  it('refuses the admin calls to users who are no admins', async () => {
    for (const call of calls) {
      const options = call.startsWith('GET') ? {} : { body }
      const byAnn = await test.call(call, { ...options, token: ann })
      expect(byAnn).toMatchObject(refused(403, 'forbidden'))
      expect(await test.call(call, options)).toMatchObject(refused(401, 'unauthorized'))
    }
    expect(await audit()).toEqual([])
  })

  it('refuses to restrict unknown users and admins', async () => {
    for (const call of calls.slice(0, 4)) {
      const onStranger = await test.call(call, { token: root, body })
      expect(onStranger).toMatchObject(refused(404, 'not_found'))
      const onAdmin = await test.call(call.replace('bob', 'root'), { token: root, body })
      expect(onAdmin).toMatchObject(refused(403, 'forbidden'))
    }
  })
})

describe('GET /admin/audit', () => {
  it('shows the end of a ban in UTC, also if it was given in another zone', async () => {
    const body = { until: '2999-01-01T01:00:00+02:00', reason }
    await test.call('POST /admin/users/ann/ban', { token: root, body })
    expect((await audit())[0]?.details).toEqual({ until: '2998-12-31T23:00:00.000Z', reason })
  })

  it('lists the acts of admins with actor and target, newest first, in pages', async () => {
    const until = new Date(Date.now() + 60_000).toISOString()
    await test.call('POST /admin/users/ann/mute', { token: root, body: { reason, until } })
    await test.call('DELETE /admin/users/ann/mute', { token: root })
    await test.call('POST /admin/users/ann/ban', { token: root, body: { reason } })
    const entries = await audit()
    const common = {
      by: 'root',
      on: 'ann',
      at: expect.stringMatching(/Z$/),
      id: expect.any(Number),
    }
    expect(entries).toEqual([
      { ...common, act: 'ban', details: { until: null, reason } },
      { ...common, act: 'unmute' },
      { ...common, act: 'mute', details: { until, reason } },
    ])
    expect(await audit(`?before=${entries[0]?.id}&limit=1`)).toEqual([entries[1]])
  })
})

describe('the security log', () => {
  const events = () =>
    test.logged
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ msg }) => msg === 'security')

  it('names user, address and act of a security event, and no password', async () => {
    const body = { username: 'ann', password: 'not the one' }
    await test.call('POST /auth', { body, address: '192.0.2.1' })
    await test.call('POST /auth', { body: { ...body, password } })
    await test.call('GET /cluster', { token: ann })
    await test.call('GET /servers', { token: `${ann}x` })
    await test.call('POST /admin/users/ann/mute', { token: root, body: { reason } })
    expect(events()).toMatchObject([
      { event: 'registered', level: 'info', username: 'ann' },
      { event: 'password_wrong', username: 'ann', address: '192.0.2.1' },
      { event: 'logged_in', username: 'ann' },
      { event: 'admin_refused', level: 'warn', username: 'ann' },
      { event: 'token_refused', what: 'invalid' },
      { event: 'admin_act', level: 'warn', username: 'root', what: 'mute', on: 'ann' },
    ])
    const all = test.logged.join('')
    for (const secret of [password, 'not the one', ann, root, reason])
      expect(all).not.toContain(secret)
    const metrics = (await test.call<string>('GET /metrics')).body
    expect(metrics).toContain('rookery_security_events_total{event="password_wrong"')
  })
})

describe('ADMIN_USERNAMES', () => {
  it('warns of ADMIN_USERNAMES that nobody has registered', async () => {
    const unregistered = () => test.logged.filter((line) => line.includes('nobody has registered'))
    expect(unregistered()).toHaveLength(1)
    expect(unregistered()[0]).toContain('root')
  })
})

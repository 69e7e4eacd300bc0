import { afterEach, describe, expect, it } from '@jest/globals'
import { AccountsError } from '@rookery/accounts'
import { createEmbeddedThrottle } from '@rookery/directory'
import type { AuthAnswer } from '@rookery/protocol'
import { z } from 'zod'
import { apiVariables, toApiConfig } from '../config.ts'
import { openTestApi, password, type TestApi } from '../testing/test-api.ts'
import { LogInThrottle } from './log-in-throttle.ts'

let test: TestApi
afterEach(() => test.close())

const limited = { status: 429, body: { error: expect.objectContaining({ code: 'rate_limited' }) } }
const tryLogIn = (username: string, secret: string, address: string) =>
  test.call('POST /auth', { body: { username, password: secret }, address })

describe('the log-in throttle', () => {
  it('stops guessing at one account from one address, and tells for how long', async () => {
    test = await openTestApi({ RATE_LIMIT_LOGIN: '3/1h' })
    await test.register('ann')
    for (let n = 0; n < 3; n++) {
      expect(await tryLogIn('ann', 'wrong', '10.0.0.1')).toMatchObject({ status: 401 })
    }
    const answer = await tryLogIn('ann', password, '10.0.0.1')
    expect(answer).toMatchObject(limited)
    const { retryAfterMs = 0 } = answer.body.error
    expect(retryAfterMs).toBeGreaterThan(1_000_000)
    expect(answer.headers['retry-after']).toBe(String(Math.ceil(retryAfterMs / 1000)))
    // The victim elsewhere, and others here, are not kept out.
    expect(await tryLogIn('ann', password, '10.0.0.2')).toMatchObject({ status: 200 })
    expect(await tryLogIn('bob', 'wrong', '10.0.0.1')).toMatchObject({ status: 401 })
  })

  it('counts unknown names as it counts known ones', async () => {
    test = await openTestApi({ RATE_LIMIT_LOGIN: '1/1h' })
    expect(await tryLogIn('nobody', 'wrong', '10.0.0.1')).toMatchObject({ status: 401 })
    expect(await tryLogIn('NOBODY', 'wrong', '10.0.0.1')).toMatchObject(limited)
  })

  it('forgives after the right password', async () => {
    test = await openTestApi({ RATE_LIMIT_LOGIN: '2/1h' })
    await test.register('ann')
    for (let n = 0; n < 4; n++) {
      expect(await tryLogIn('ann', 'wrong', '10.0.0.1')).toMatchObject({ status: 401 })
      expect(await tryLogIn('ann', password, '10.0.0.1')).toMatchObject({ status: 200 })
    }
  })

  it('stops one address that tries many accounts', async () => {
    test = await openTestApi({ RATE_LIMIT_LOGIN_ADDRESS: '2/1h' })
    for (const name of ['one', 'two']) {
      expect(await tryLogIn(name, 'wrong', '10.0.0.1')).toMatchObject({ status: 401 })
    }
    expect(await tryLogIn('three', 'wrong', '10.0.0.1')).toMatchObject(limited)
    expect(await tryLogIn('three', 'wrong', '10.0.0.2')).toMatchObject({ status: 401 })
  })

  it('counts no success against an address or an account', async () => {
    test = await openTestApi({ RATE_LIMIT_LOGIN_ADDRESS: '2/1h', RATE_LIMIT_LOGIN_ACCOUNT: '2/1h' })
    await test.register('ann')
    for (let n = 0; n < 4; n++) {
      expect(await tryLogIn('ann', password, '10.0.0.1')).toMatchObject({ status: 200 })
    }
    // Nor do they hide the failures of others at the same address.
    expect(await tryLogIn('one', 'wrong', '10.0.0.1')).toMatchObject({ status: 401 })
    expect(await tryLogIn('ann', password, '10.0.0.1')).toMatchObject({ status: 200 })
    expect(await tryLogIn('two', 'wrong', '10.0.0.1')).toMatchObject({ status: 401 })
    expect(await tryLogIn('ann', password, '10.0.0.1')).toMatchObject(limited)
  })

  it('lets no more through when they come at once', async () => {
    test = await openTestApi({ RATE_LIMIT_LOGIN: '3/1h' })
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => tryLogIn('ann', 'wrong', '10.0.0.1')),
    )
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(3)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(5)
  })

  it('does not count what was not decided', async () => {
    test = await openTestApi({ RATE_LIMIT_LOGIN: '1/1h' })
    const find = test.accounts.find.bind(test.accounts)
    test.accounts.find = () => Promise.reject(new AccountsError('unavailable', 'away'))
    expect(await tryLogIn('ann', 'wrong', '10.0.0.1')).toMatchObject({ status: 503 })
    test.accounts.find = find
    expect(await tryLogIn('ann', 'wrong', '10.0.0.1')).toMatchObject({ status: 401 })
  })

  it('makes who goes on guessing wait longer and longer', async () => {
    let nowMs = 0
    const throttle = createEmbeddedThrottle({ now: () => nowMs })
    const { rates } = toApiConfig(z.object(apiVariables).parse({}))
    const logIns = new LogInThrottle({ throttle, rates })
    test = await openTestApi()
    const waits: number[] = []
    while (waits.length < 60) {
      try {
        await logIns.tryPassword('ann', '10.0.0.1')
      } catch (error) {
        const { retryAfterMs } = error as { retryAfterMs: number }
        waits.push(retryAfterMs)
        nowMs += retryAfterMs
      }
    }
    expect([waits[0], waits[20], waits[59]]).toEqual([30_000, 120_000, 480_000])
    // However long it went on, it is over after a day.
    nowMs += 24 * 3_600_000
    await logIns.tryPassword('ann', '10.0.0.1')
  })

  it('counts the addresses of one IPv6 network as one', async () => {
    test = await openTestApi({ RATE_LIMIT_LOGIN: '1/1h' })
    expect(await tryLogIn('ann', 'wrong', '2001:db8::1')).toMatchObject({ status: 401 })
    expect(await tryLogIn('ann', 'wrong', '2001:db8::2:1')).toMatchObject(limited)
    expect(await tryLogIn('ann', 'wrong', '2001:db8:0:1::1')).toMatchObject({ status: 401 })
  })

  it('keeps a victim in who has logged in from there before', async () => {
    test = await openTestApi({ RATE_LIMIT_LOGIN_ACCOUNT: '2/1h' })
    await test.register('ann')
    expect(await tryLogIn('ann', password, '10.0.0.9')).toMatchObject({ status: 200 })
    for (const address of ['10.0.0.1', '10.0.0.2']) await tryLogIn('ann', 'wrong', address)
    expect(await tryLogIn('ann', password, '10.0.0.3')).toMatchObject(limited)
    expect(await tryLogIn('ann', 'wrong', '10.0.0.9')).toMatchObject({ status: 401 })
    expect(await tryLogIn('ann', password, '10.0.0.9')).toMatchObject({ status: 200 })
  })

  it('stops guessing at one account from many addresses', async () => {
    test = await openTestApi({ RATE_LIMIT_LOGIN_ACCOUNT: '2/1h' })
    for (const address of ['10.0.0.1', '10.0.0.2']) {
      expect(await tryLogIn('ann', 'wrong', address)).toMatchObject({ status: 401 })
    }
    expect(await tryLogIn('ann', 'wrong', '10.0.0.3')).toMatchObject(limited)
  })

  it('counts the old password of a change and of a deletion as tries', async () => {
    test = await openTestApi({ RATE_LIMIT_LOGIN: '2/1h' })
    const { sessionToken: token } = await test.register('ann')
    const body = { oldPassword: 'wrong', newPassword: 'another good one', password: 'wrong' }
    expect(await test.call('POST /users/me/password', { token, body })).toMatchObject({
      status: 401,
    })
    expect(await test.call('DELETE /users/me', { token, body })).toMatchObject({ status: 401 })
    expect(await test.call('DELETE /users/me', { token, body })).toMatchObject(limited)
  })

  it('bounds registrations, refreshes and requests', async () => {
    test = await openTestApi({
      RATE_LIMIT_REGISTER: '2/1h',
      RATE_LIMIT_REFRESH: '1/1h',
      RATE_LIMIT_REQUESTS: '1/1h',
    })
    const { sessionToken: token } = await test.register('ann')
    const bob = await test.register('bob')
    const body = { username: 'eve', password }
    expect(await test.call('POST /auth/register', { body })).toMatchObject(limited)
    const refresh = () => test.call<AuthAnswer>('POST /auth/refresh', { body: bob })
    expect(await refresh()).toMatchObject({ status: 200 })
    expect(await refresh()).toMatchObject(limited)
    expect(await test.call('GET /servers', { token })).toMatchObject({ status: 200 })
    expect(await test.call('GET /servers', { token })).toMatchObject(limited)
    expect(await test.call('GET /servers', { token: bob.sessionToken })).toMatchObject({
      status: 200,
    })
  })

  it('believes X-Forwarded-For from configured proxies only', async () => {
    const from = (client: string) => ({
      body: { username: 'ann', password: 'wrong' },
      address: '10.0.0.1',
      headers: { 'x-forwarded-for': client },
    })
    test = await openTestApi({ RATE_LIMIT_LOGIN: '1/1h' })
    await test.call('POST /auth', from('1.1.1.1'))
    expect(await test.call('POST /auth', from('2.2.2.2'))).toMatchObject(limited)
    await test.close()
    test = await openTestApi({ RATE_LIMIT_LOGIN: '1/1h', TRUSTED_PROXIES: '10.0.0.0/8' })
    await test.call('POST /auth', from('1.1.1.1'))
    expect(await test.call('POST /auth', from('2.2.2.2'))).toMatchObject({ status: 401 })
    expect(await test.call('POST /auth', from('6.6.6.6, 1.1.1.1'))).toMatchObject(limited)
    // The same address, as other proxies write it.
    expect(await test.call('POST /auth', from('1.1.1.1:50001'))).toMatchObject(limited)
    expect(await test.call('POST /auth', from('[::ffff:1.1.1.1]:80'))).toMatchObject(limited)
    expect(await test.call('POST /auth', from('[2001:db8::1]:1'))).toMatchObject({ status: 401 })
    expect(await test.call('POST /auth', from('2001:db8::2'))).toMatchObject(limited)
  })
})

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
  it('stops guesses at one account from one address, and says for how long', async () => {
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
    // The victim can log in from another address, and other accounts from this one.
    expect(await tryLogIn('ann', password, '10.0.0.2')).toMatchObject({ status: 200 })
    expect(await tryLogIn('bob', 'wrong', '10.0.0.1')).toMatchObject({ status: 401 })
  })

  it('counts wrong passwords of unknown names like those of known names', async () => {
    test = await openTestApi({ RATE_LIMIT_LOGIN: '1/1h' })
    expect(await tryLogIn('nobody', 'wrong', '10.0.0.1')).toMatchObject({ status: 401 })
    expect(await tryLogIn('NOBODY', 'wrong', '10.0.0.1')).toMatchObject(limited)
  })

  it('forgets wrong passwords after the right one', async () => {
    test = await openTestApi({ RATE_LIMIT_LOGIN: '2/1h' })
    await test.register('ann')
    for (let n = 0; n < 4; n++) {
      expect(await tryLogIn('ann', 'wrong', '10.0.0.1')).toMatchObject({ status: 401 })
      expect(await tryLogIn('ann', password, '10.0.0.1')).toMatchObject({ status: 200 })
    }
  })

  it('stops guesses at many accounts from one address', async () => {
    test = await openTestApi({ RATE_LIMIT_LOGIN_ADDRESS: '2/1h' })
    for (const name of ['one', 'two']) {
      expect(await tryLogIn(name, 'wrong', '10.0.0.1')).toMatchObject({ status: 401 })
    }
    expect(await tryLogIn('three', 'wrong', '10.0.0.1')).toMatchObject(limited)
    expect(await tryLogIn('three', 'wrong', '10.0.0.2')).toMatchObject({ status: 401 })
  })

  it('counts no right password against an address or an account', async () => {
    test = await openTestApi({ RATE_LIMIT_LOGIN_ADDRESS: '2/1h', RATE_LIMIT_LOGIN_ACCOUNT: '2/1h' })
    await test.register('ann')
    for (let n = 0; n < 4; n++) {
      expect(await tryLogIn('ann', password, '10.0.0.1')).toMatchObject({ status: 200 })
    }
    // The right password does not reset the count of others at the same address.
    expect(await tryLogIn('one', 'wrong', '10.0.0.1')).toMatchObject({ status: 401 })
    expect(await tryLogIn('ann', password, '10.0.0.1')).toMatchObject({ status: 200 })
    expect(await tryLogIn('two', 'wrong', '10.0.0.1')).toMatchObject({ status: 401 })
    expect(await tryLogIn('ann', password, '10.0.0.1')).toMatchObject(limited)
  })

  it('checks no more wrong passwords in parallel than one after another', async () => {
    test = await openTestApi({ RATE_LIMIT_LOGIN: '3/1h' })
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => tryLogIn('ann', 'wrong', '10.0.0.1')),
    )
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(3)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(5)
  })

  it('does not count a password that could not be checked', async () => {
    test = await openTestApi({ RATE_LIMIT_LOGIN: '1/1h' })
    const find = test.accounts.find.bind(test.accounts)
    test.accounts.find = () => Promise.reject(new AccountsError('unavailable', 'away'))
    expect(await tryLogIn('ann', 'wrong', '10.0.0.1')).toMatchObject({ status: 503 })
    test.accounts.find = find
    expect(await tryLogIn('ann', 'wrong', '10.0.0.1')).toMatchObject({ status: 401 })
  })

  it('lengthens the delay for an address that keeps guessing', async () => {
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
    // After a day without guesses, the delay is over.
    nowMs += 24 * 3_600_000
    await logIns.tryPassword('ann', '10.0.0.1')
  })

  it('counts wrong passwords from all addresses of an IPv6 network together', async () => {
    test = await openTestApi({ RATE_LIMIT_LOGIN: '1/1h' })
    expect(await tryLogIn('ann', 'wrong', '2001:db8::1')).toMatchObject({ status: 401 })
    expect(await tryLogIn('ann', 'wrong', '2001:db8::2:1')).toMatchObject(limited)
    expect(await tryLogIn('ann', 'wrong', '2001:db8:0:1::1')).toMatchObject({ status: 401 })
  })

  it('admits the owner from a known network while others guess at the account', async () => {
    test = await openTestApi({ RATE_LIMIT_LOGIN_ACCOUNT: '2/1h' })
    await test.register('ann')
    expect(await tryLogIn('ann', password, '10.0.0.9')).toMatchObject({ status: 200 })
    for (const address of ['10.0.0.1', '10.0.0.2']) await tryLogIn('ann', 'wrong', address)
    expect(await tryLogIn('ann', password, '10.0.0.3')).toMatchObject(limited)
    expect(await tryLogIn('ann', 'wrong', '10.0.0.9')).toMatchObject({ status: 401 })
    expect(await tryLogIn('ann', password, '10.0.0.9')).toMatchObject({ status: 200 })
  })

  it('stops guesses at one account from many addresses', async () => {
    test = await openTestApi({ RATE_LIMIT_LOGIN_ACCOUNT: '2/1h' })
    for (const address of ['10.0.0.1', '10.0.0.2']) {
      expect(await tryLogIn('ann', 'wrong', address)).toMatchObject({ status: 401 })
    }
    expect(await tryLogIn('ann', 'wrong', '10.0.0.3')).toMatchObject(limited)
  })

  it('counts wrong passwords at a change of password and at a deletion', async () => {
    test = await openTestApi({ RATE_LIMIT_LOGIN: '2/1h' })
    const { sessionToken: token } = await test.register('ann')
    const body = { oldPassword: 'wrong', newPassword: 'another good one', password: 'wrong' }
    expect(await test.call('POST /users/me/password', { token, body })).toMatchObject({
      status: 401,
    })
    expect(await test.call('DELETE /users/me', { token, body })).toMatchObject({ status: 401 })
    expect(await test.call('DELETE /users/me', { token, body })).toMatchObject(limited)
  })

  it('limits registrations and refreshes of an address and requests of a user', async () => {
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

  it('trusts X-Forwarded-For of configured proxies only', async () => {
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
    // The same address in the notations of other proxies.
    expect(await test.call('POST /auth', from('1.1.1.1:50001'))).toMatchObject(limited)
    expect(await test.call('POST /auth', from('[::ffff:1.1.1.1]:80'))).toMatchObject(limited)
    expect(await test.call('POST /auth', from('[2001:db8::1]:1'))).toMatchObject({ status: 401 })
    expect(await test.call('POST /auth', from('2001:db8::2'))).toMatchObject(limited)
  })
})

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { AuthAnswer, User } from '@rookery/protocol'
import { openTestApi, password, refused, type TestApi } from '../testing/test-api.ts'

let test: TestApi
let ann: AuthAnswer
let token: string
beforeEach(async () => {
  test = await openTestApi()
  ann = await test.register('ann')
  token = ann.sessionToken
})
afterEach(() => test.close())

const refresh = ({ refreshToken }: AuthAnswer) =>
  test.call<AuthAnswer>('POST /auth/refresh', { body: { refreshToken } })
const logIn = (secret: string) =>
  test.call<AuthAnswer>('POST /auth', { body: { username: 'ann', password: secret } })

describe('GET /users', () => {
  it('finds active users by the beginning of their usernames, with their presence', async () => {
    for (const name of ['bob', 'bobby', 'bo_x', 'gone']) await test.enrol(name)
    await test.accounts.delete('gone', Date.now())
    const lastSeen = new Date().toISOString()
    await test.ports.board.publish([{ userId: 'bob', status: 'busy', lastSeen }])
    const find = async (query: string) =>
      (await test.call<{ users: User[] }>(`GET /users?query=${query}`, { token })).body.users
    expect(await find('BOB')).toEqual([
      { username: 'bob', displayName: 'bob', status: 'busy', lastSeen },
      { username: 'bobby', displayName: 'bobby', status: 'offline', lastSeen: null },
    ])
    expect((await find('bo_')).map((user) => user.username)).toEqual(['bo_x'])
    expect(await find('gone')).toEqual([])
    expect(await find('%25')).toEqual([])
  })

  it('finds at most 20 users', async () => {
    for (let n = 0; n < 21; n++) await test.enrol(`many-${n}`)
    const { body } = await test.call<{ users: User[] }>('GET /users?query=many', { token })
    expect(body.users).toHaveLength(20)
  })

  it('refuses a search for users without a query', async () => {
    for (const call of ['GET /users', 'GET /users?query=']) {
      expect(await test.call(call, { token })).toMatchObject(refused(400, 'invalid_input'))
    }
  })
})

describe('GET /users/:username', () => {
  it('shows one user, in any case of the name', async () => {
    expect(await test.call('GET /users/ANN', { token })).toMatchObject({
      status: 200,
      body: { username: 'ann', displayName: 'ann', status: 'offline', lastSeen: null },
    })
  })

  it('hides unknown, deleted and inactive users', async () => {
    await test.enrol('gone')
    await test.accounts.delete('gone', Date.now())
    const half = { username: 'half', displayName: '', passwordHash: '', createdAtMs: 1 }
    await test.accounts.create(half)
    for (const name of ['nobody', 'gone', 'half']) {
      expect(await test.call(`GET /users/${name}`, { token })).toMatchObject(
        refused(404, 'not_found'),
      )
    }
  })
})

describe('PATCH /users/me', () => {
  it('changes the display name', async () => {
    const body = { displayName: '😀'.repeat(64) }
    const answer = await test.call<User>('PATCH /users/me', { token, body })
    expect(answer).toMatchObject({ status: 200, body: { username: 'ann', ...body } })
    await expect(test.accounts.find('ann')).resolves.toMatchObject(body)
  })

  it('refuses a display name that is empty, too long, null or invalid Unicode', async () => {
    for (const displayName of ['', '😀'.repeat(65), 'a\0b', '\udc00', null]) {
      const answer = await test.call('PATCH /users/me', { token, body: { displayName } })
      expect(answer).toMatchObject(refused(400, 'invalid_input'))
    }
  })
})

describe('DELETE /users/me', () => {
  it('refuses to delete an account with a wrong password', async () => {
    const body = { password: 'wrong' }
    expect(await test.call('DELETE /users/me', { token, body })).toMatchObject(
      refused(401, 'invalid_credentials'),
    )
    expect(await refresh(ann)).toMatchObject({ status: 200 })
  })

  it('refuses to delete an account that is already deleted', async () => {
    await test.accounts.delete('ann', Date.now())
    const answer = await test.call('DELETE /users/me', { token, body: { password } })
    expect(answer).toMatchObject(refused(401, 'invalid_credentials'))
  })

  it('ends all log-ins of a deleted account, and never gives its name again', async () => {
    const other = (await logIn(password)).body
    const answer = await test.call('DELETE /users/me', { token, body: { password } })
    expect(answer).toMatchObject({ status: 204 })
    for (const one of [ann, other]) {
      expect(await refresh(one)).toMatchObject(refused(401, 'unauthorized'))
      const { sessionToken } = one
      expect(await test.call('GET /servers', { token: sessionToken })).toMatchObject(
        refused(401, 'unauthorized'),
      )
    }
    expect(await logIn(password)).toMatchObject(refused(401, 'invalid_credentials'))
    const again = { username: 'ann', password }
    expect(await test.call('POST /auth/register', { body: again })).toMatchObject(
      refused(409, 'username_taken'),
    )
    const pushed = test.pushed.find((push) => push.k === 'families_ended')
    expect(pushed).toMatchObject({ reason: 'ended', familyIds: { length: 2 } })
  })
})

describe('POST /users/me/password', () => {
  const change = (oldPassword: string, newPassword: string) =>
    test.call<AuthAnswer>('POST /users/me/password', { token, body: { oldPassword, newPassword } })
  const next = 'another good one'

  it('changes the password and ends all other log-ins', async () => {
    const other = (await logIn(password)).body
    const answer = await change(password, next)
    expect(answer.status).toBe(200)
    expect(await refresh(other)).toMatchObject(refused(401, 'unauthorized'))
    expect(await refresh(answer.body)).toMatchObject({ status: 200 })
    expect(await logIn(password)).toMatchObject(refused(401, 'invalid_credentials'))
    expect(await logIn(next)).toMatchObject({ status: 200 })
    const ended = test.pushed.flatMap((push) => (push.k === 'families_ended' ? push.familyIds : []))
    expect(ended).toEqual([test.tokens.verify(other.sessionToken).familyId])
  })

  it('keeps the current log-in at a change of password, with a new refresh token only', async () => {
    const answer = await change(password, next)
    const family = (one: AuthAnswer) => test.tokens.verify(one.sessionToken).familyId
    expect(family(answer.body)).toBe(family(ann))
    expect(await refresh(ann)).toMatchObject(refused(401, 'unauthorized'))
    expect(await test.call('GET /servers', { token })).toMatchObject({ status: 200 })
    expect(await refresh(answer.body)).toMatchObject({ status: 200 })
  })

  it('refuses a wrong old password and a weak new one', async () => {
    expect(await change('wrong', next)).toMatchObject(refused(401, 'invalid_credentials'))
    for (const weak of ['password1', 'short']) {
      expect(await change(password, weak)).toMatchObject(refused(400, 'invalid_input'))
    }
    expect(await logIn(password)).toMatchObject({ status: 200 })
  })

  it('changes the password once for two parallel requests', async () => {
    const answers = await Promise.all([change(password, next), change(password, `${next}!`)])
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
  })
})

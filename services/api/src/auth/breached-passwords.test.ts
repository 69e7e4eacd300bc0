import { afterEach, describe, expect, it } from '@jest/globals'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTestApi, type TestApi } from '../testing/test-api.ts'
import { BreachedPasswords } from './breached-passwords.ts'

const folder = mkdtempSync(join(tmpdir(), 'rookery-breached-'))
const path = join(folder, 'list.txt')
const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex').toUpperCase()
const known = Array.from({ length: 600 }, (_, n) => `breached ${n}`)
const write = (end: string, suffix: (n: number) => string): void =>
  writeFileSync(
    path,
    known
      .map(sha1)
      .toSorted()
      .map((hash, n) => `${hash}${suffix(n)}${end}`)
      .join(''),
  )
const end: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const step of end.splice(0)) await step()
})

describe('the list of breached passwords', () => {
  it.each([
    ['\r\n', (n: number) => `:${10 ** (n % 7)}`],
    ['\n', () => ''],
  ])(
    'finds every breached password and no other one when lines end in %j',
    async (lineEnd, suffix) => {
      write(lineEnd, suffix)
      const list = await BreachedPasswords.open(path)
      end.push(() => list.close())
      const found = await Promise.all(known.map((one) => list.has(one)))
      expect(found.filter(Boolean)).toHaveLength(known.length)
      const others = await Promise.all(known.map((one) => list.has(`not ${one}`)))
      expect(others.filter(Boolean)).toEqual([])
    },
  )

  it.each([
    ['does not exist', null],
    ['is empty', ''],
    ['holds passwords', 'password1\nletmein99\n'],
    ['holds hashes of another kind', `${'A'.repeat(32)}\n`],
  ])('stops the start when the file of breached passwords %s', async (_what, content) => {
    rmSync(path, { force: true })
    if (content !== null) writeFileSync(path, content)
    await expect(BreachedPasswords.open(path)).rejects.toThrow(/BREACHED_PASSWORDS/)
  })

  it('refuses a breached password at registration and at a change of password', async () => {
    write('\n', () => '')
    const test: TestApi = await openTestApi({ BREACHED_PASSWORDS: path })
    end.push(() => test.close())
    const refused = {
      status: 400,
      body: { error: expect.objectContaining({ code: 'invalid_input' }) },
    }
    const body = { username: 'ann', password: 'breached 7' }
    expect(await test.call('POST /auth/register', { body })).toMatchObject(refused)
    const { sessionToken } = await test.register('ann')
    const change = { oldPassword: 'correct horse battery', newPassword: 'breached 8' }
    expect(
      await test.call('POST /users/me/password', { body: change, token: sessionToken }),
    ).toMatchObject(refused)
  })
})

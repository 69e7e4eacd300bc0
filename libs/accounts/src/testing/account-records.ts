import { describe, expect, it } from '@jest/globals'
import { forever } from '../accounts.ts'
import { eachOpened, type OpenedAccounts, register, startMs } from './opened.ts'

const ann = { username: 'ann', displayName: 'Ann', passwordHash: 'h1', createdAtMs: startMs }

export function describeAccountRecords(open: () => Promise<OpenedAccounts>): void {
  describe('records', () => {
    const opened = eachOpened(open)

    it('creates an inactive account, and activates it also twice', async () => {
      const { accounts } = opened
      await expect(accounts.create(ann)).resolves.toBe('created')
      const unrestricted = { bannedUntilMs: null, mutedUntilMs: null }
      const made = { ...ann, ...unrestricted, state: 'inactive' }
      await expect(accounts.find('ann')).resolves.toEqual(made)
      await expect(accounts.activate('ann')).resolves.toBe(true)
      await expect(accounts.activate('ann')).resolves.toBe(true)
      await expect(accounts.find('ann')).resolves.toEqual({ ...made, state: 'active' })
    })

    it('finds and changes no account that was not created', async () => {
      const { accounts } = opened
      await expect(accounts.find('ann')).resolves.toBeNull()
      await expect(accounts.activate('ann')).resolves.toBe(false)
      await expect(accounts.setDisplayName('ann', 'A')).resolves.toBe(false)
      await expect(accounts.setPasswordHash('ann', '', 'x')).resolves.toBe(false)
      await expect(accounts.setRestrictions('ann', { bannedUntilMs: 1 })).resolves.toBe(false)
      await expect(accounts.delete('ann', startMs)).resolves.toEqual([])
      await expect(accounts.search('', 20)).resolves.toEqual([])
      await expect(accounts.findMany([])).resolves.toEqual(new Map())
    })

    it('counts a.b and a_b as the same name, and does not change the first account', async () => {
      const { accounts } = opened
      await accounts.create({ ...ann, username: 'a.b_c' })
      for (const username of ['a.b_c', 'a_b.c', 'a_b_c', 'a.b.c']) {
        const again = { ...ann, username, passwordHash: 'other' }
        await expect(accounts.create(again)).resolves.toBe('taken')
      }
      await expect(accounts.create({ ...ann, username: 'a-b_c' })).resolves.toBe('created')
      await expect(accounts.find('a.b_c')).resolves.toMatchObject({ passwordHash: 'h1' })
      await expect(accounts.find('a_b_c')).resolves.toBeNull()
    })

    it('gives a name to exactly one of 20 concurrent calls', async () => {
      const { accounts } = opened
      const names = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? 'a.b' : 'a_b'))
      const outcomes = await Promise.all(
        names.map((username) => accounts.create({ ...ann, username })),
      )
      expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1)
      const found = await accounts.findMany(['a.b', 'a_b'])
      expect(found.size).toBe(1)
    })

    it.each([
      ['no character', ''],
      ['a quote and a percent sign', `'"%_\\`],
      ['4-byte characters', '😀𝒜🏴󠁧󠁢󠁥󠁮󠁧󠁿'.repeat(4)],
      ['U+0000', 'a\0b'],
      ['a byte order mark', '\uFEFFx'],
      ['combining marks, not composed', 'e\u0301'],
      ['trailing spaces', 'x  '],
    ])('keeps a display name over a restart: %s', async (_case, displayName) => {
      await register(opened.accounts, 'ann', displayName)
      const accounts = await opened.reopen()
      await expect(accounts.find('ann')).resolves.toMatchObject({ displayName, state: 'active' })
    })

    it('finds many accounts by one call, and leaves out unknown names', async () => {
      const { accounts } = opened
      await register(accounts, 'ann', 'Ann')
      await accounts.create({ ...ann, username: 'bob', displayName: 'Bob' })
      const found = await accounts.findMany(['bob', 'nobody', 'ann', 'ann', `'`])
      expect([...found.keys()].sort()).toEqual(['ann', 'bob'])
      expect(found.get('bob')).toMatchObject({ displayName: 'Bob', state: 'inactive' })
    })

    it('finds active accounts by prefix, in order of name, up to the limit', async () => {
      const { accounts } = opened
      for (const name of ['ab2', 'ab1', 'a_c', 'abd', 'b', 'ab.']) await register(accounts, name)
      await accounts.create({ ...ann, username: 'ab-inactive' })
      await accounts.delete('abd', startMs)
      const names = async (prefix: string, limit = 20) =>
        (await accounts.search(prefix, limit)).map((account) => account.username)
      await expect(names('ab')).resolves.toEqual(['ab.', 'ab1', 'ab2'])
      await expect(names('ab', 2)).resolves.toEqual(['ab.', 'ab1'])
      await expect(names('a_')).resolves.toEqual(['a_c'])
      await expect(names('%')).resolves.toEqual([])
      await expect(names('')).resolves.toEqual(['a_c', 'ab.', 'ab1', 'ab2', 'b'])
    })

    it('replaces a password hash once, and only if it is the expected one', async () => {
      const { accounts } = opened
      await accounts.create(ann)
      const outcomes = await Promise.all(
        ['h2', 'h3', 'h4'].map((hash) => accounts.setPasswordHash('ann', 'h1', hash)),
      )
      expect(outcomes.filter(Boolean)).toHaveLength(1)
      await expect(accounts.setPasswordHash('ann', 'h1', 'h5')).resolves.toBe(false)
    })

    it('changes only the given restrictions, and keeps them over a restart', async () => {
      await register(opened.accounts, 'ann')
      await opened.accounts.setRestrictions('ann', { bannedUntilMs: forever })
      await opened.accounts.setRestrictions('ann', { mutedUntilMs: startMs })
      const accounts = await opened.reopen()
      await expect(accounts.find('ann')).resolves.toMatchObject({
        bannedUntilMs: forever,
        mutedUntilMs: startMs,
      })
      await accounts.setRestrictions('ann', { bannedUntilMs: null })
      await expect(accounts.find('ann')).resolves.toMatchObject({
        bannedUntilMs: null,
        mutedUntilMs: startMs,
      })
    })

    it('returns the end of the mute of each muted user', async () => {
      const { accounts } = opened
      for (const name of ['ann', 'bob', 'eve', 'mal']) await register(accounts, name)
      await accounts.setRestrictions('ann', { mutedUntilMs: forever })
      await accounts.setRestrictions('bob', { mutedUntilMs: startMs })
      await accounts.setRestrictions('eve', { bannedUntilMs: forever, mutedUntilMs: null })
      await accounts.setRestrictions('mal', { mutedUntilMs: forever })
      const names = ['nobody', 'bob', 'ann', 'eve', 'ann']
      const expected = new Map([
        ['ann', forever],
        ['bob', startMs],
      ])
      await expect(accounts.mutesOf(names)).resolves.toEqual(expected)
      await expect(accounts.mutesOf([])).resolves.toEqual(new Map())
    })

    it('keeps the name of a deleted account for good, and no personal data', async () => {
      await register(opened.accounts, 'a.b', 'Private Person')
      await opened.accounts.delete('a.b', startMs)
      const accounts = await opened.reopen()
      await expect(accounts.find('a.b')).resolves.toMatchObject({
        state: 'deleted',
        displayName: 'a.b',
        passwordHash: '',
      })
      for (const username of ['a.b', 'a_b']) {
        await expect(accounts.create({ ...ann, username })).resolves.toBe('taken')
      }
      await expect(accounts.activate('a.b')).resolves.toBe(false)
      await expect(accounts.setDisplayName('a.b', 'X')).resolves.toBe(false)
      await expect(accounts.setPasswordHash('a.b', '', 'X')).resolves.toBe(false)
      await expect(accounts.setRestrictions('a.b', { mutedUntilMs: 1 })).resolves.toBe(false)
      await expect(accounts.find('a.b')).resolves.toMatchObject({ state: 'deleted' })
    })

    it('lists deleted accounts, longest deleted first, until their departure is noted', async () => {
      const { accounts } = opened
      for (const name of ['ann', 'bob', 'eve']) await register(accounts, name)
      await accounts.enrollWorker('Worker', startMs)
      await accounts.quitWorker('Worker')
      await accounts.setDisplayName('ann', 'A')
      await expect(accounts.departing(9)).resolves.toEqual([])
      for (const name of ['eve', 'ann', 'eve']) await accounts.delete(name, startMs)
      await expect(accounts.departing(1)).resolves.toEqual(['eve'])
      const reopened = await opened.reopen()
      await expect(reopened.departing(9)).resolves.toEqual(['eve', 'ann'])
      await reopened.departed('eve')
      await reopened.departed('eve')
      await reopened.delete('eve', startMs)
      await expect(reopened.departing(9)).resolves.toEqual(['ann'])
    })

    it('rejects calls with unavailable after closing', async () => {
      const { accounts } = opened
      await accounts.close()
      await expect(accounts.find('ann')).rejects.toMatchObject({ code: 'unavailable' })
      await expect(accounts.create(ann)).rejects.toMatchObject({ code: 'unavailable' })
    })
  })
}

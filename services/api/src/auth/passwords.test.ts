import { describe, expect, it } from '@jest/globals'
import { hash, parseOptions } from '@node-rs/argon2'
import { commonPasswords, isCommonPassword } from './common-passwords.ts'
import { FairQueue } from './fair-queue.ts'
import { Passwords, refuseWeakPassword } from './passwords.ts'

const cheap = { memoryKib: 19_456, passes: 2 }

describe('Passwords', () => {
  it('hashes each password with argon2id at the given cost and with a new salt', async () => {
    const passwords = new Passwords(cheap)
    const [one, two] = await Promise.all([
      passwords.hash('secret', 'a'),
      passwords.hash('secret', 'a'),
    ])
    expect(one).toMatch(/^\$argon2id\$/)
    expect(parseOptions(one)).toMatchObject({ memoryCost: 19_456, timeCost: 2, parallelism: 1 })
    expect(one).not.toBe(two)
    await expect(passwords.verify(one, 'secret', 'a')).resolves.toBe(true)
    await expect(passwords.verify(one, 'Secret', 'a')).resolves.toBe(false)
  })

  it('refuses every password of an unknown account, after the same time as a wrong one', async () => {
    const passwords = new Passwords(cheap)
    const hash = await passwords.hash('secret', 'a')
    const timeOf = async (of: string | null) => {
      const startMs = performance.now()
      await passwords.verify(of, 'wrong', 'a')
      return performance.now() - startMs
    }
    const times: { nobody: number[]; somebody: number[] } = { nobody: [], somebody: [] }
    for (let n = 0; n < 8; n++) {
      times.nobody.push(await timeOf(null))
      times.somebody.push(await timeOf(hash))
    }
    // The fastest of each: other work of the machine can only slow some of them down.
    const ratio = Math.min(...times.nobody) / Math.min(...times.somebody)
    expect(ratio).toBeGreaterThan(0.4)
    expect(ratio).toBeLessThan(2.5)
    await expect(passwords.verify(null, 'wrong', 'a')).resolves.toBe(false)
  })

  it('compares every character of a password, in any Unicode form', async () => {
    const passwords = new Passwords(cheap)
    const hash = await passwords.hash(`${'x'.repeat(126)}é😀`, 'a')
    const verify = (password: string) => passwords.verify(hash, password, 'a')
    await expect(verify(`${'x'.repeat(126)}é😀`)).resolves.toBe(true)
    await expect(verify(`${'x'.repeat(126)}e\u0301😀`)).resolves.toBe(true)
    await expect(verify(`${'x'.repeat(126)}e😀`)).resolves.toBe(false)
    await expect(verify(`${'X'.repeat(126)}é😀`)).resolves.toBe(false)
    await expect(verify(`${'x'.repeat(126)}é😁`)).resolves.toBe(false)
    await expect(verify('x'.repeat(126))).resolves.toBe(false)
  })

  it.each([
    ['composed', 'été'.normalize('NFC')],
    ['decomposed', 'été'.normalize('NFD')],
    ['with a no-break space', 'un\u00A0été'],
  ])('accepts a password that an older release stored as it was typed: %s', async (_how, old) => {
    const kept = await hash(old, { memoryCost: cheap.memoryKib, timeCost: cheap.passes })
    const passwords = new Passwords(cheap)
    for (const typed of [old, old.normalize('NFC'), old.normalize('NFD')])
      await expect(passwords.verify(kept, typed, 'a')).resolves.toBe(true)
    await expect(passwords.verify(kept, 'ete', 'a')).resolves.toBe(false)
  })

  it('recognizes a hash of another cost as outdated', async () => {
    const hash = await new Passwords(cheap).hash('secret', 'a')
    expect(new Passwords(cheap).isOutdated(hash)).toBe(false)
    expect(new Passwords({ ...cheap, passes: 3 }).isOutdated(hash)).toBe(true)
    expect(new Passwords({ ...cheap, memoryKib: 20_000 }).isOutdated(hash)).toBe(true)
  })

  it('answers unavailable when too many passwords wait to be checked', async () => {
    const queue = new FairQueue({ parallel: 1, maxWaiting: 3, maxWaitingOfKey: 2 })
    const passwords = new Passwords(cheap, queue)
    const outcomes = await Promise.allSettled(
      ['a', 'a', 'a', 'a', 'b', 'b'].map((network) => passwords.verify(null, 'x', network)),
    )
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
    ])
    expect(outcomes[3]).toMatchObject({ reason: { code: 'unavailable', retryAfterMs: 2000 } })
  })
})

describe('FairQueue', () => {
  it('runs two tasks in parallel, keys in turns, and continues after a failed task', async () => {
    const queue = new FairQueue({ parallel: 2, maxWaiting: 5, maxWaitingOfKey: 4 })
    const running: string[] = []
    const release = new Map<string, () => void>()
    const run = (name: string) =>
      queue.run(name.slice(0, 1), () => {
        running.push(name)
        return new Promise<string>((resolve, reject) => {
          release.set(name, () => (name === 'a1' ? reject(new Error('no')) : resolve(name)))
        })
      })
    const outcomes = ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'c1'].map(run)
    expect(run('d1')).toBeNull()
    expect([running, queue.waiting]).toEqual([['a1', 'a2'], 5])
    release.get('a1')?.()
    await expect(outcomes[0]).rejects.toThrow('no')
    for (const name of ['a2', 'a3', 'b1', 'c1', 'a4', 'a5']) {
      await new Promise((resolve) => setImmediate(resolve))
      expect(running).toContain(name)
      release.get(name)?.()
    }
    await Promise.all(outcomes.slice(1).map((outcome) => outcome ?? Promise.reject(new Error())))
    expect(running).toEqual(['a1', 'a2', 'a3', 'b1', 'c1', 'a4', 'a5'])
    expect(queue.waiting).toBe(0)
    const again = ['a', 'b'].map((name) => run(`${name}9`))
    expect(running.slice(-2)).toEqual(['a9', 'b9'])
    for (const name of ['a9', 'b9']) release.get(name)?.()
    expect(again).not.toContain(null)
  })
})

describe('the list of common passwords', () => {
  it('holds only lower-case passwords that are long enough to register', () => {
    const wrong = [...commonPasswords].filter(
      (one) => one.length < 8 || one !== one.toLowerCase() || one.trim() !== one,
    )
    expect(wrong).toEqual([])
    expect(commonPasswords.size).toBeGreaterThan(20_000)
  })

  it('refuses a common password and the username in any case', () => {
    expect(() => refuseWeakPassword('PassWord1', 'ann')).toThrow(/most common/)
    expect(() => refuseWeakPassword('Ann.the.user', 'ann.the.user')).toThrow(/username/)
    expect(() => refuseWeakPassword('correct horse battery', 'ann')).not.toThrow()
  })

  it.each([
    'qwertyui',
    'maverick',
    'steelers',
    'gfhjkmgfhjkm',
    'summer2026',
    'lkjhgfdsa',
    'hgfedcba',
    '23456789',
    'abababab',
    'summer2026',
    'dragon123',
    'zzzzzzzzzz',
    '1qaz2wsx3e',
    'trustno1!',
    'rookery2026',
    'rookerychat',
  ])('holds the common password %s', (password) => {
    expect(isCommonPassword(password)).toBe(true)
  })

  it.each([
    'correct horse battery',
    'abcdefghz',
    'xkcd-is-fun',
    '20260417-lunch',
    'пароль-длинный',
  ])('does not hold the password %s', (password) => {
    expect(isCommonPassword(password)).toBe(false)
  })
})

import { describe, expect, it } from '@jest/globals'
import { parseOptions } from '@node-rs/argon2'
import { BoundedQueue } from './bounded-queue.ts'
import { commonPasswords } from './common-passwords.ts'
import { Passwords, refuseWeakPassword } from './passwords.ts'

const cheap = { memoryKib: 19_456, passes: 2 }

describe('Passwords', () => {
  it('hashes with argon2id at the cost it is given, and a salt of its own', async () => {
    const passwords = new Passwords(cheap)
    const [one, two] = await Promise.all([passwords.hash('secret'), passwords.hash('secret')])
    expect(one).toMatch(/^\$argon2id\$/)
    expect(parseOptions(one)).toMatchObject({ memoryCost: 19_456, timeCost: 2, parallelism: 1 })
    expect(one).not.toBe(two)
    await expect(passwords.verify(one, 'secret')).resolves.toBe(true)
    await expect(passwords.verify(one, 'Secret')).resolves.toBe(false)
  })

  it('takes as long for nobody as for somebody, and is never right', async () => {
    const passwords = new Passwords(cheap)
    const hash = await passwords.hash('secret')
    const timeOf = async (of: string | null) => {
      const startMs = performance.now()
      await passwords.verify(of, 'wrong')
      return performance.now() - startMs
    }
    const times: { nobody: number[]; somebody: number[] } = { nobody: [], somebody: [] }
    for (let n = 0; n < 8; n++) {
      times.nobody.push(await timeOf(null))
      times.somebody.push(await timeOf(hash))
    }
    // The quickest of each: whatever else the machine does only makes some slower.
    const ratio = Math.min(...times.nobody) / Math.min(...times.somebody)
    expect(ratio).toBeGreaterThan(0.4)
    expect(ratio).toBeLessThan(2.5)
    await expect(passwords.verify(null, 'wrong')).resolves.toBe(false)
  })

  it('refuses as unavailable when too many wait', async () => {
    const passwords = new Passwords(cheap)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, () => passwords.verify(null, 'x')),
    )
    const refused = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
    )
    expect(refused).toHaveLength(8)
    expect(refused[0]).toMatchObject({ code: 'unavailable', retryAfterMs: 2000 })
  })
})

describe('BoundedQueue', () => {
  it('runs so many at once, the others in order, and goes on after a failure', async () => {
    const queue = new BoundedQueue(2, 3)
    const running: number[] = []
    const release: (() => void)[] = []
    const task = (n: number) => () =>
      new Promise<number>((resolve, reject) => {
        running.push(n)
        release.push(() => (n === 0 ? reject(new Error('no')) : resolve(n)))
      })
    const outcomes = [0, 1, 2, 3, 4].map((n) => queue.run(task(n)))
    expect(queue.run(task(5))).toBeNull()
    expect([running, queue.waiting]).toEqual([[0, 1], 3])
    const [first, ...others] = outcomes
    release[0]?.()
    await expect(first).rejects.toThrow('no')
    await new Promise((resolve) => setImmediate(resolve))
    expect(running).toEqual([0, 1, 2])
    for (let n = 1; n <= 4; n++) {
      release[n]?.()
      await expect(others[n - 1]).resolves.toBe(n)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(running).toEqual([0, 1, 2, 3, 4])
  })
})

describe('the list of common passwords', () => {
  it('holds only what the length alone would let through, in lower case', () => {
    const wrong = [...commonPasswords].filter(
      (one) => one.length < 8 || one !== one.toLowerCase() || one.trim() !== one,
    )
    expect(wrong).toEqual([])
    expect(commonPasswords.size).toBeGreaterThan(150)
  })

  it('is looked up in any case', () => {
    expect(() => refuseWeakPassword('PassWord1', 'ann')).toThrow(/most common/)
    expect(() => refuseWeakPassword('Ann.the.user', 'ann.the.user')).toThrow(/username/)
    expect(() => refuseWeakPassword('correct horse battery', 'ann')).not.toThrow()
  })
})

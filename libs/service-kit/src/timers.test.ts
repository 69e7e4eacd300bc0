import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { Sweeper } from './sweeper.ts'
import { withTimeout } from './with-timeout.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

describe('withTimeout', () => {
  it('passes the outcome of timely work on and leaves no timer', async () => {
    await expect(withTimeout(Promise.resolve(1), 50, 'x')).resolves.toBe(1)
    await expect(withTimeout(Promise.reject(new Error('no')), 50, 'x')).rejects.toThrow('no')
    expect(jest.getTimerCount()).toBe(0)
  })

  it('rejects with an error that names the slow work', async () => {
    const late = withTimeout(new Promise(() => {}), 50, 'the log').catch((error: unknown) => error)
    await jest.advanceTimersByTimeAsync(50)
    expect(await late).toMatchObject({ code: 'timeout', message: 'the log took longer than 50 ms' })
  })
})

describe('Sweeper', () => {
  it('runs all callbacks by one timer until they are removed', () => {
    const sweeper = new Sweeper(100, () => {})
    const seen: string[] = []
    const remove = sweeper.add(() => seen.push('a'))
    sweeper.add(() => seen.push('b'))
    expect(jest.getTimerCount()).toBe(1)
    jest.advanceTimersByTime(100)
    remove()
    jest.advanceTimersByTime(100)
    expect(seen).toEqual(['a', 'b', 'b'])
    sweeper.close()
    expect(jest.getTimerCount()).toBe(0)
  })

  it('reports a callback that throws, and runs the others', () => {
    const errors: unknown[] = []
    const sweeper = new Sweeper(100, (error) => errors.push(error))
    let ran = 0
    sweeper.add(() => {
      throw new Error('no')
    })
    sweeper.add(() => ran++)
    jest.advanceTimersByTime(100)
    expect([errors.length, ran]).toEqual([1, 1])
    sweeper.close()
  })
})

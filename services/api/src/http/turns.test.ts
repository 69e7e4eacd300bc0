import { describe, expect, it } from '@jest/globals'
import { Turns } from './turns.ts'

describe('turns', () => {
  it('admits two requests of a user in parallel, the others in order, and forgets idle users', async () => {
    const turns = new Turns({ atOnce: 2, maxWaiting: 2 })
    const entered: number[] = []
    const enter = async (n: number): Promise<() => void> => {
      const leave = await (turns.enter('ann') ?? Promise.reject(new Error('too many')))
      entered.push(n)
      return leave
    }
    const all = [1, 2, 3, 4].map((n) => enter(n))
    expect(turns.enter('ann')).toBeNull()
    const [first, second] = [await all[0], await all[1]]
    expect(entered).toEqual([1, 2])
    // A user does not wait for another one.
    ;(await turns.enter('bob'))?.()
    first?.()
    first?.()
    const third = await all[2]
    expect(entered).toEqual([1, 2, 3])
    second?.()
    ;(await all[3])?.()
    third?.()
    expect(turns.size).toBe(0)
  })
})

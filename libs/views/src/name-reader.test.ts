import { describe, expect, it } from '@jest/globals'
import type { Account } from '@rookery/accounts'
import { NameReader } from './name-reader.ts'

/** Accounts that answer when they are told to. */
function underTest() {
  const asked: { usernames: readonly string[]; answer: (names: Record<string, string>) => void }[] =
    []
  let away = false
  const findMany = (usernames: readonly string[]): Promise<ReadonlyMap<string, Account>> =>
    away
      ? Promise.reject(new Error('away'))
      : new Promise((resolve) => {
          const answer = (names: Record<string, string>): void =>
            resolve(
              new Map(
                Object.entries(names).map(([username, displayName]) => [
                  username,
                  { username, displayName } as Account,
                ]),
              ),
            )
          asked.push({ usernames, answer })
        })
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return { reader: new NameReader({ findMany }), asked, turn, goAway: () => (away = true) }
}

describe('display names', () => {
  it('that are asked for during a look-up share the next one, which begins after they were asked for', async () => {
    const { reader, asked, turn } = underTest()
    const first = reader.read(['ann'])
    await turn()
    const others = [reader.read(['ann', 'bob']), reader.read(['ann', 'cy'])]
    await turn()
    expect(asked.map(({ usernames }) => usernames)).toEqual([['ann']])
    asked[0]?.answer({ ann: 'Ann' })
    expect(await first).toEqual(new Map([['ann', 'Ann']]))
    await turn()
    expect(asked.map(({ usernames }) => usernames)).toEqual([['ann'], ['ann', 'bob', 'cy']])
    asked[1]?.answer({ ann: 'Anna', bob: 'Bob' })
    expect(await Promise.all(others)).toEqual([
      new Map([
        ['ann', 'Anna'],
        ['bob', 'Bob'],
      ]),
      new Map([
        ['ann', 'Anna'],
        ['cy', 'cy'],
      ]),
    ])
  })

  it('are those known from before, or the username, while accounts are away, and silent ones are waited for a second', async () => {
    const { reader, asked, turn, goAway } = underTest()
    const first = reader.read(['ann'])
    await turn()
    asked[0]?.answer({ ann: 'Ann' })
    await first
    const silent = await reader.read(['ann', 'bob'])
    expect(silent).toEqual(
      new Map([
        ['ann', 'Ann'],
        ['bob', 'bob'],
      ]),
    )
    goAway()
    asked[1]?.answer({ ann: 'Anna' })
    expect(await reader.read(['ann'])).toEqual(new Map([['ann', 'Anna']]))
  })
})

import { describe, expect, it } from '@jest/globals'
import type { Account } from '@rookery/accounts'
import { NameReader, type Person } from './name-reader.ts'

const named = (displayName: string): Person => ({ displayName, deleted: false })

/** A reader over accounts that answer when the test calls `answer`. */
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

describe('a reader of display names', () => {
  it('shares the next look-up of names among the calls that come during one', async () => {
    const { reader, asked, turn } = underTest()
    const first = reader.read(['ann'])
    await turn()
    const others = [reader.read(['ann', 'bob']), reader.read(['ann', 'cy'])]
    await turn()
    expect(asked.map(({ usernames }) => usernames)).toEqual([['ann']])
    asked[0]?.answer({ ann: 'Ann' })
    expect(await first).toEqual(new Map([['ann', named('Ann')]]))
    await turn()
    expect(asked.map(({ usernames }) => usernames)).toEqual([['ann'], ['ann', 'bob', 'cy']])
    asked[1]?.answer({ ann: 'Anna', bob: 'Bob' })
    expect(await Promise.all(others)).toEqual([
      new Map([
        ['ann', named('Anna')],
        ['bob', named('Bob')],
      ]),
      new Map([
        ['ann', named('Anna')],
        ['cy', named('cy')],
      ]),
    ])
  })

  it('answers with earlier names or usernames if the accounts fail or take over 1 s', async () => {
    const { reader, asked, turn, goAway } = underTest()
    const first = reader.read(['ann'])
    await turn()
    asked[0]?.answer({ ann: 'Ann' })
    await first
    const silent = await reader.read(['ann', 'bob'])
    expect(silent).toEqual(
      new Map([
        ['ann', named('Ann')],
        ['bob', named('bob')],
      ]),
    )
    goAway()
    asked[1]?.answer({ ann: 'Anna' })
    expect(await reader.read(['ann'])).toEqual(new Map([['ann', named('Anna')]]))
  })

  it('reports with the display name that the account was deleted', async () => {
    const findMany = (): Promise<ReadonlyMap<string, Account>> =>
      Promise.resolve(
        new Map([['ann', { username: 'ann', displayName: 'ann', state: 'deleted' } as Account]]),
      )
    const people = await new NameReader({ findMany }).read(['ann', 'bob'])
    expect(people.get('ann')).toEqual({ displayName: 'ann', deleted: true })
    expect(people.get('bob')).toEqual(named('bob'))
  })
})

import { expect, it } from '@jest/globals'
import { steadyNow } from '@rookery/service-kit'
import { LocalUser } from './local-user.ts'
import { refreshMutes } from './mutes.ts'

const limits = { messagesPerSecond: 5, messageBurst: 20 }

function world(mutesOf: (usernames: readonly string[]) => Promise<ReadonlyMap<string, number>>) {
  const users = ['ann', 'bob'].map((name) => new LocalUser(name, limits))
  const deps = { accounts: { mutesOf }, users: { all: () => users.values() } }
  return { users, deps }
}

it('a refresh mutes and unmutes users about whom no push came', async () => {
  const { users, deps } = world(async () => new Map([['ann', 99]]))
  const [ann, bob] = users as [LocalUser, LocalUser]
  bob.mutedUntilMs = 50
  await refreshMutes(deps)
  expect([ann.mutedUntilMs, bob.mutedUntilMs]).toEqual([99, null])
})

it('a push that comes during a refresh wins over the mutes that the refresh reads', async () => {
  const { users, deps } = world(async () => {
    const [ann] = users
    if (ann !== undefined) Object.assign(ann, { mutedUntilMs: 99, muteToldAt: steadyNow() })
    return new Map()
  })
  await refreshMutes(deps)
  expect(users[0]?.mutedUntilMs).toBe(99)
})

it('a refresh asks about all users, at most a thousand at a time', async () => {
  const asked: number[] = []
  const users = Array.from({ length: 2_500 }, (_, n) => new LocalUser(`u${n}`, limits))
  const accounts = {
    mutesOf: async (usernames: readonly string[]) => {
      asked.push(usernames.length)
      return new Map()
    },
  }
  await refreshMutes({ accounts, users: { all: () => users.values() } })
  expect(asked).toEqual([1_000, 1_000, 500])
})

import { expect, it } from '@jest/globals'
import { steadyNow } from '@rookery/service-kit'
import type { ChatContext } from '../context.ts'
import { LocalUser } from './local-user.ts'
import { refreshMutes } from './mutes.ts'

const limits = { messagesPerSecond: 5, messageBurst: 20 }

function world(mutesOf: (usernames: readonly string[]) => Promise<ReadonlyMap<string, number>>) {
  const users = ['ann', 'bob'].map((name) => new LocalUser(name, limits))
  const ctx = { accounts: { mutesOf }, users: { all: () => users.values() } }
  return { users, ctx: ctx as unknown as ChatContext }
}

it('mutes and frees users of whom no push told', async () => {
  const { users, ctx } = world(async () => new Map([['ann', 99]]))
  const [ann, bob] = users as [LocalUser, LocalUser]
  bob.mutedUntilMs = 50
  await refreshMutes(ctx)
  expect([ann.mutedUntilMs, bob.mutedUntilMs]).toEqual([99, null])
})

it('believes a push that came while it was reading', async () => {
  const { users, ctx } = world(async () => {
    const [ann] = users
    if (ann !== undefined) Object.assign(ann, { mutedUntilMs: 99, muteToldAt: steadyNow() })
    return new Map()
  })
  await refreshMutes(ctx)
  expect(users[0]?.mutedUntilMs).toBe(99)
})

it('asks for no more than a thousand at once, and for all', async () => {
  const asked: number[] = []
  const users = Array.from({ length: 2_500 }, (_, n) => new LocalUser(`u${n}`, limits))
  const accounts = {
    mutesOf: async (usernames: readonly string[]) => {
      asked.push(usernames.length)
      return new Map()
    },
  }
  await refreshMutes({ accounts, users: { all: () => users.values() } } as unknown as ChatContext)
  expect(asked).toEqual([1_000, 1_000, 500])
})

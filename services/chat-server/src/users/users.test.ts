import { describe, expect, it } from '@jest/globals'
import type { MemberRow } from '@rookery/message-store'
import type { Connection } from '../sockets/connection.ts'
import type { ChatContext } from '../context.ts'
import { Hubs } from '../channels/hubs.ts'
import { Users } from './users.ts'

const channelId = 'p-0'

/** Users over a store that answers when it is told to. */
function underTest() {
  let answer: () => void = () => undefined
  const row = { channelId, username: 'ann', present: true, role: 'member' } as MemberRow
  const ctx = {
    config: { limits: { messagesPerSecond: 1, messageBurst: 1 } },
    log: { epoch: { installId: 'i', number: 1 }, partitionOf: () => 0 },
    routing: { addInterest: async () => new Map() },
    store: {
      channelsOf: async () => [row],
      channels: () =>
        new Promise((resolve) => {
          answer = () => resolve(new Map([[channelId, { kind: 'public', head: 1 }]]))
        }),
    },
  } as unknown as ChatContext
  ctx.hubs = new Hubs(ctx)
  const users = new Users(ctx)
  return { ctx, users, answer: () => answer() }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('the users of a server', () => {
  it('are in their channels once these are read', async () => {
    const { ctx, users, answer } = underTest()
    const user = users.add({} as Connection, 'ann')
    const loading = users.load(user, 'v')
    await turn()
    answer()
    await loading
    expect(ctx.hubs.get(channelId)?.members.get('ann')?.user).toBe(user)
  })

  it('are in none when the last socket has closed meanwhile, so that nobody keeps the channel open', async () => {
    const { ctx, users, answer } = underTest()
    const connection = {} as Connection
    const user = users.add(connection, 'ann')
    const loading = users.load(user, 'v')
    await turn()
    users.remove(connection, user)
    answer()
    await loading
    expect(ctx.hubs.get(channelId)?.inUse).toBe(false)
  })
})

import { expect, it } from '@jest/globals'
import { decodePushes } from '@rookery/domain'
import { steadyNow } from '@rookery/service-kit'
import type { ChatContext } from '../context.ts'
import type { Connection } from '../sockets/connection.ts'
import { markChannelRead } from './mark-channel-read.ts'

const channelId = 'p-0'

/** What other servers are told of a mark in a channel of so many members. */
async function toldOfMark(memberCount: number): Promise<unknown[]> {
  const hub = {
    channelId,
    kind: 'public',
    position: 2,
    messageNumber: 1,
    confirmedAt: steadyNow(),
    confirm: async () => undefined,
  }
  const user = { username: 'bob', channels: new Map([[channelId, hub]]) }
  Object.assign(hub, { members: new Map([['bob', { user, role: 'member' }]]) })
  const told: unknown[] = []
  const ctx = {
    serverId: 'here',
    store: {
      mark: async () => null,
      advanceMarks: async () => undefined,
      memberCount: async () => memberCount,
    },
    presence: { isInvisible: async () => false },
    users: { get: () => undefined },
    hubs: { get: () => undefined },
    routing: {
      interested: async () => ['interested'],
      routesOf: async () => new Map([['bob', [{ serverId: 'own' }]]]),
    },
    bus: {
      publish: (server: string, batch: string) => told.push([server, ...decodePushes(batch)]),
    },
  }
  const connection = { user, send: () => undefined }
  const frame = { type: 'mark_channel_read', channelId } as const
  await markChannelRead(ctx as unknown as ChatContext, connection as unknown as Connection, frame)
  return told
}

it('a mark is shown to the others in channels of up to a hundred members', async () => {
  const push = { k: 'read', channelId, username: 'bob', seq: 2 }
  expect(await toldOfMark(100)).toEqual([
    ['interested', push],
    ['own', push],
  ])
  expect(await toldOfMark(101)).toEqual([['own', { ...push, own: true }]])
})

import { expect, it } from '@jest/globals'
import { decodePushes } from '@rookery/domain'
import { steadyNow } from '@rookery/service-kit'
import { identityOf, openConnection } from '../../tests/open-connection.ts'
import { quietHubDeps } from '../../tests/quiet-hub-deps.ts'
import { channelId, channelRow } from '../../tests/rows.ts'
import { ChannelHub } from '../channels/channel-hub.ts'
import { markChannelRead, type MarkChannelReadDeps } from './mark-channel-read.ts'

/** The pushes that other servers get for bob's mark in a channel of `memberCount` members. */
async function pushesOfMark(memberCount: number): Promise<unknown[]> {
  const { connection } = openConnection()
  connection.identity = identityOf('bob')
  const hub = new ChannelHub(channelId, {
    ...quietHubDeps,
    store: { events: async () => [], channel: async () => channelRow(2) },
  })
  hub.open({ kind: 'public', head: 2, messageNumber: 1 }, steadyNow())
  hub.attach(connection.user, 'member')
  const pushes: unknown[] = []
  const route = { connectionId: 'c', serverId: 'own', deviceId: 'd', session: null, heardAtMs: 0 }
  const deps: MarkChannelReadDeps = {
    serverId: 'here',
    store: {
      mark: async () => null,
      advanceMarks: async () => undefined,
      memberCount: async () => memberCount,
      events: async () => [],
      member: async () => null,
      channel: async () => null,
    },
    presence: { isInvisible: async () => false },
    users: { get: () => undefined, admit: async () => true },
    hubs: { get: () => undefined },
    routing: {
      interested: async () => ['interested'],
      routesOf: async () => new Map([['bob', [route]]]),
    },
    bus: { publish: (server, batch) => void pushes.push([server, ...decodePushes(batch)]) },
  }
  await markChannelRead(deps, connection, { type: 'mark_channel_read', channelId })
  return pushes
}

it('a mark is shown to the other members in channels of up to a hundred members', async () => {
  const push = { k: 'read', channelId, username: 'bob', seq: 2 }
  expect(await pushesOfMark(100)).toEqual([
    ['interested', push],
    ['own', push],
  ])
  expect(await pushesOfMark(101)).toEqual([['own', { ...push, own: true }]])
})

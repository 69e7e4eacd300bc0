import { expect, it } from '@jest/globals'
import { eventPush } from '@rookery/domain'
import { identityOf, openConnection } from '../../tests/open-connection.ts'
import { quietHubDeps, tick } from '../../tests/quiet-hub-deps.ts'
import { channelId, eventRow, memberRow } from '../../tests/rows.ts'
import { ChannelHub } from './channel-hub.ts'
import { showChannels } from './channels-list.ts'

it('lists heads as of the beginning of the read, and shows the events since then', async () => {
  const { connection, tcp } = openConnection()
  connection.identity = identityOf('ann')
  connection.user.connections.add(connection)
  const hub = new ChannelHub(channelId, quietHubDeps)
  hub.open({ kind: 'public', head: 4, messageNumber: 4 }, 0)
  hub.attach(connection.user, 'member')
  const receive = (seq: number): void => hub.receive(eventPush(eventRow(seq)))
  await showChannels(
    {
      hubs: { readHeads: async () => undefined },
      views: {
        channels: async (_username, standings) => {
          receive(5)
          receive(6)
          return standings.map(({ head }) => ({
            channelId,
            kind: 'public' as const,
            name: 'lobby',
            createdAt: '',
            memberCount: 1,
            head,
            lastReadSeq: 0,
            unread: 0,
          }))
        },
        channel: async () => null,
      },
      store: {
        messages: async () => [],
        member: async () => memberRow('ann'),
        channel: async () => null,
      },
      users: { admit: async () => true },
      logger: { warn: () => undefined },
    },
    connection,
  )
  receive(7)
  await tick()
  expect(tcp.frames).toMatchObject([
    { type: 'channels_list', channels: [{ channelId, head: 4 }] },
    { seq: 5 },
    { seq: 6 },
    { seq: 7 },
  ])
})

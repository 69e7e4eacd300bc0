import { expect, it } from '@jest/globals'
import type { EventRow } from '@rookery/domain'
import { steadyNow } from '@rookery/service-kit'
import { identityOf, openConnection } from '../../tests/open-connection.ts'
import { quietHubDeps, tick } from '../../tests/quiet-hub-deps.ts'
import { channelId, eventRow } from '../../tests/rows.ts'
import { ChannelHub } from '../channels/channel-hub.ts'
import { sync, type SyncDeps } from './sync.ts'

it('a sync notes which numbers of its own socket are stored', async () => {
  const { connection, tcp } = openConnection()
  connection.identity = identityOf('ann')
  const hub = new ChannelHub(channelId, quietHubDeps)
  hub.open({ kind: 'public', head: 2, messageNumber: 2 }, steadyNow())
  hub.attach(connection.user, 'member')
  const noted: EventRow[] = []
  connection.noteOwn = (row) => void noted.push(row as EventRow)
  const rows = [eventRow(1, { user: 'ann' }), eventRow(2, { user: 'bob' })]
  const deps: SyncDeps = {
    hubs: { readHeads: async () => undefined },
    log: { epoch: { installId: 'i', number: 1 } },
    store: { events: async () => rows, member: async () => null, channel: async () => null },
    users: { admit: async () => true },
    views: { participants: async () => [] },
    logger: { error: () => undefined },
  }
  await sync(deps, connection, { type: 'sync', channels: { [channelId]: 0 } })
  await tick()
  expect(tcp.frames).toMatchObject([{ channels: { [channelId]: { head: 2, more: false } } }])
  expect(noted).toEqual([rows[0]])
})

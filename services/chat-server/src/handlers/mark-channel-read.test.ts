import { expect, it } from '@jest/globals'
import type { ServerFrame } from '@rookery/protocol'
import { steadyNow } from '@rookery/service-kit'
import type { Connection } from '../connection.ts'
import type { ChatContext } from '../context.ts'
import { markChannelRead } from './mark-channel-read.ts'

const channelId = 'p-0'

it('a mark without a number is at what was acknowledged elsewhere and has not arrived here yet', async () => {
  const hub = {
    channelId,
    kind: 'public',
    position: 1,
    messageNumber: 0,
    confirmedAt: steadyNow(),
    confirm: async () => Object.assign(hub, { position: 2, messageNumber: 1 }),
  }
  const user = { username: 'bob', channels: new Map([[channelId, hub]]) }
  Object.assign(hub, { members: new Map([['bob', { user, role: 'member' }]]) })
  const sent: ServerFrame[] = []
  const connection = { user, send: (frame: ServerFrame) => sent.push(frame) }
  const marks: unknown[] = []
  const ctx = {
    serverId: 'chat-server-a',
    store: {
      mark: async () => ({ seq: 1, messageNumber: 0 }),
      advanceMarks: async (advanced: unknown[]) => marks.push(...advanced),
    },
    presence: { isInvisible: async () => true },
    users: { get: () => undefined },
    hubs: { get: () => undefined },
    routing: { interested: async () => [], routesOf: async () => null },
  }
  const frame = { type: 'mark_channel_read', channelId } as const
  await markChannelRead(ctx as unknown as ChatContext, connection as unknown as Connection, frame)
  expect(sent).toEqual([{ type: 'channel_read', channelId, userId: 'bob', lastReadSeq: 2 }])
  expect(marks).toEqual([{ username: 'bob', channelId, seq: 2, messageNumber: 1 }])
})

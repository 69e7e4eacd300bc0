import { expect, it } from '@jest/globals'
import type { EventRow } from '@rookery/domain'
import type { ServerFrame } from '@rookery/protocol'
import { steadyNow } from '@rookery/service-kit'
import type { ChatContext } from '../context.ts'
import type { Connection } from '../sockets/connection.ts'
import { sync } from './sync.ts'

const channelId = 'p-0'

const row = (seq: number, user: string): EventRow => ({
  channelId,
  seq,
  messageNumber: seq,
  position: { epoch: 1, partition: 0, offset: seq },
  sentAtMs: 0,
  user,
  session: 's',
  clientSeq: 10 + seq,
  body: { type: 'chat_message' },
  text: { content: 'x' },
})

it('a sync tells its own socket which of its numbers are stored', async () => {
  const hub = {
    kind: 'public',
    position: 2,
    confirmedAt: steadyNow(),
    caughtUp: async () => undefined,
  }
  const user = { username: 'ann', channels: new Map([[channelId, hub]]) }
  Object.assign(hub, { members: new Map([['ann', { user, role: 'member' }]]) })
  const own: number[] = []
  const sent: ServerFrame[] = []
  const connection = {
    user,
    noteOwn: ({ clientSeq }: EventRow) => own.push(clientSeq),
    send: (frame: ServerFrame) => sent.push(frame),
  }
  const ctx = {
    hubs: { readHeads: async () => undefined },
    log: { epoch: { installId: 'i', number: 1 } },
    store: { events: async () => [row(1, 'ann'), row(2, 'bob')] },
  }
  const frame = { type: 'sync', channels: { [channelId]: 0 } } as const
  await sync(ctx as unknown as ChatContext, connection as unknown as Connection, frame)
  expect(sent).toMatchObject([{ channels: { [channelId]: { head: 2, more: false } } }])
  expect(own).toEqual([11])
})

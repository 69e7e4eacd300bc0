import { describe, expect, it } from '@jest/globals'
import { eventPush } from '@rookery/domain'
import { ChannelHub } from './channel-hub.ts'
import { showChannels } from './channels-list.ts'
import type { Connection } from '../sockets/connection.ts'
import type { ChatContext } from '../context.ts'
import { LocalUser } from '../users/local-user.ts'
import type { OutFrame } from '../sockets/out-frame.ts'

const channelId = 'p-0'

function message(seq: number) {
  return eventPush({
    channelId,
    seq,
    messageNumber: seq,
    position: { epoch: 1, partition: 0, offset: seq },
    sentAtMs: 0,
    user: 'bob',
    session: 's',
    clientSeq: seq,
    body: { type: 'chat_message' },
    text: { content: 'x' },
  })
}

describe('the list of channels', () => {
  it('tells the head as of its beginning, and what came while it was put together follows right behind it', async () => {
    const told: string[] = []
    const counters = { deliveries: { inc: () => undefined } }
    const ctx = { submitter: { settle: () => [] }, counters } as unknown as ChatContext
    const hub = new ChannelHub(channelId, ctx)
    hub.open({ kind: 'public', head: 4, messageNumber: 4 }, 0)
    const user = new LocalUser('ann', { messagesPerSecond: 1, messageBurst: 1 })
    hub.attach(user, 'member')
    const note = ({ json }: OutFrame): void => {
      const frame = JSON.parse(json) as {
        type: string
        seq?: number
        channels?: { head: number }[]
      }
      told.push(
        frame.channels === undefined ? `event ${frame.seq}` : `head ${frame.channels[0]?.head}`,
      )
    }
    const connection = { user, ready: false, closed: false, joinedWhileListing: new Set() }
    Object.assign(connection, { answer: note, push: note, showEvent: note })
    user.connections.add(connection as unknown as Connection)
    Object.assign(ctx, {
      hubs: { readHeads: async () => undefined },
      views: {
        channels: async (_name: string, standings: { head: number }[]) => {
          hub.receive(message(5))
          hub.receive(message(6))
          return standings.map(({ head }) => ({ channelId, head, createdAt: '' }))
        },
      },
    })
    await showChannels(ctx, connection as unknown as Connection)
    hub.receive(message(7))
    expect(told).toEqual(['head 4', 'event 5', 'event 6', 'event 7'])
  })
})

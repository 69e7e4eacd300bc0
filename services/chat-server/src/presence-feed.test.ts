import { describe, expect, it } from '@jest/globals'
import type { ServerFrame } from '@rookery/protocol'
import type { Connection } from './connection.ts'
import type { ChatContext } from './context.ts'
import { PresenceFeed } from './presence-feed.ts'

const nobodyShown = { watch: async () => undefined, read: async () => new Map() }

describe('presence feed', () => {
  it('keeps the last status of each user for a slow socket, and shows it when that has drained', async () => {
    const feed = new PresenceFeed({ serverId: 's', board: nobodyShown } as unknown as ChatContext)
    const sent: ServerFrame[] = []
    const connection = {
      isSlow: true,
      watched: new Set<string>(),
      send: (frame: ServerFrame) => sent.push(frame),
    }
    await feed.subscribe(connection as unknown as Connection, ['ann', 'bob'])
    const update = (userId: string, status: 'online' | 'away') => ({
      userId,
      status,
      lastSeen: null,
    })
    for (const status of ['online', 'away'] as const) {
      feed.show([update('ann', status)])
      feed.flush()
    }
    feed.show([update('bob', 'online')])
    feed.flush()
    expect(sent).toEqual([])
    connection.isSlow = false
    feed.flush()
    feed.flush()
    const presence = [update('ann', 'away'), update('bob', 'online')]
    expect(sent).toEqual([{ type: 'presence_update', presence }])
  })
})

import { describe, expect, it } from '@jest/globals'
import type { PresenceUpdate } from '@rookery/domain'
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

  it('answers who begins to watch with nothing older than what they were pushed meanwhile', async () => {
    let answer: (read: Map<string, PresenceUpdate>) => void = () => undefined
    const read = new Promise<Map<string, PresenceUpdate>>((resolve) => (answer = resolve))
    const board = { watch: async () => undefined, read: () => read }
    const feed = new PresenceFeed({ serverId: 's', board } as unknown as ChatContext)
    const viewer = { isSlow: false, watched: new Set<string>(), send: () => undefined }
    const subscribed = feed.subscribe(viewer as unknown as Connection, ['ann'])
    await new Promise(setImmediate)
    feed.show([{ userId: 'ann', status: 'away', lastSeen: null }])
    feed.flush()
    answer(new Map([['ann', { userId: 'ann', status: 'online', lastSeen: null }]]))
    await expect(subscribed).resolves.toEqual([{ userId: 'ann', status: 'away', lastSeen: null }])
  })
})

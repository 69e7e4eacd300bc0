import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createEmbeddedPresenceBoard, type PresenceBoard } from '@rookery/directory'
import type { PresenceUpdate } from '@rookery/domain'
import type { Connection } from './connection.ts'
import type { ChatContext } from './context.ts'
import { PresenceFeed } from './presence-feed.ts'

const at = '2026-01-01T00:00:00.000Z'
const update = (userId: string, status: PresenceUpdate['status']): PresenceUpdate => ({
  userId,
  status,
  lastSeen: at,
})

describe('what a viewer is told of those it watches', () => {
  let board: PresenceBoard
  let feed: PresenceFeed
  let frames: { presence: { userId: string; status: string }[] }[]
  let viewer: Connection

  beforeEach(() => {
    board = createEmbeddedPresenceBoard()
    const users = { all: () => [], get: () => undefined }
    feed = new PresenceFeed({ board, serverId: 'here', users } as unknown as ChatContext)
    frames = []
    const send = (frame: unknown): void => void frames.push(frame as (typeof frames)[0])
    viewer = { watched: new Set<string>(), send } as unknown as Connection
  })
  afterEach(() => board.close())

  const statuses = (): string[][] =>
    frames.map(({ presence }) => presence.map(({ userId, status }) => `${userId} ${status}`))

  it('is one frame between two flushes, with the last of each', async () => {
    await feed.subscribe(viewer, ['ann', 'bob'])
    for (let i = 0; i < 50; i += 1)
      feed.show([update('ann', i % 2 === 0 ? 'away' : 'online'), update('bob', 'busy')])
    feed.flush()
    feed.flush()
    expect(statuses()).toEqual([['ann online', 'bob busy']])
  })

  it('comes within a refresh when the push about it was lost', async () => {
    await feed.subscribe(viewer, ['ann', 'bob'])
    await board.publish([update('ann', 'online')])
    await feed.refresh()
    feed.flush()
    await feed.refresh()
    feed.flush()
    expect(statuses()).toEqual([['ann online']])
  })

  it('comes also when another viewer has read the newer status since', async () => {
    await feed.subscribe(viewer, ['ann'])
    await board.publish([update('ann', 'online')])
    const other = { watched: new Set<string>(), send: () => undefined }
    await feed.subscribe(other as unknown as Connection, ['ann'])
    await feed.refresh()
    feed.flush()
    expect(statuses()).toEqual([['ann online']])
  })

  it('is never older than what was pushed while it was compared', async () => {
    await feed.subscribe(viewer, ['ann'])
    const read = board.read.bind(board)
    board.read = async (usernames) => {
      const found = await read(usernames)
      feed.show([update('ann', 'busy')])
      return found
    }
    await feed.refresh()
    feed.flush()
    expect(statuses()).toEqual([['ann busy']])
  })
})

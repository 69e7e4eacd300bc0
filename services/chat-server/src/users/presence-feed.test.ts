import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Choice, createEmbeddedPresenceBoard, type PresenceBoard } from '@rookery/directory'
import type { PresenceUpdate } from '@rookery/domain'
import type { ServerFrame } from '@rookery/protocol'
import { createLogger } from '@rookery/service-kit'
import type { ChatContext } from '../context.ts'
import type { Connection } from '../sockets/connection.ts'
import { PresenceFeed } from './presence-feed.ts'

const nobodyShown = { watch: async () => undefined, read: async () => new Map() }

describe('presence feed', () => {
  it('tells a board that has lost it what a user chose, before it reports that the user is there', async () => {
    let board = createEmbeddedPresenceBoard()
    const bob = { username: 'bob' }
    const feed = new PresenceFeed({
      serverId: 's',
      users: { get: () => bob, all: () => [bob] },
      accounts: { keepStatuses: async () => undefined, statusesOf: async () => new Map() },
      get board() {
        return board
      },
      logger: createLogger('chat-server', { level: 'silent' }),
    })
    const hidden = { status: 'invisible', text: null, atMs: 1 } as const
    // As another server may have told it earlier.
    await board.choose('bob', hidden)
    await feed.refresh()
    await board.close()
    board = createEmbeddedPresenceBoard()
    const report = board.report.bind(board)
    let known: Promise<unknown> = Promise.resolve()
    board.report = (...reported) => {
      known = board.choices(['bob'])
      return report(...reported)
    }
    await feed.refresh()
    await expect(known).resolves.toEqual(new Map([['bob', hidden]]))
    await board.close()
  })

  describe('with choices that are kept with the accounts', () => {
    const bob = { username: 'bob' }
    const hidden = { status: 'invisible', text: null, atMs: 1 } as const
    let board: PresenceBoard
    let kept: Map<string, Choice>
    let accountsAreAway: boolean
    let feed: PresenceFeed

    beforeEach(() => {
      board = createEmbeddedPresenceBoard()
      kept = new Map()
      accountsAreAway = false
      const asked = (): void => {
        if (accountsAreAway) throw new Error('away')
      }
      feed = new PresenceFeed({
        serverId: 's',
        users: { get: () => bob, all: () => [bob] },
        board,
        accounts: {
          keepStatuses: async (chosen) => {
            asked()
            for (const [username, choice] of chosen) kept.set(username, choice)
          },
          statusesOf: async () => {
            asked()
            return kept
          },
        },
        logger: createLogger('chat-server', { level: 'silent' }),
      })
    })
    afterEach(() => board.close())
    const fact = async () => (await board.facts(['bob'])).get('bob')

    it('has one who comes back after the board was lost be what they chose, from the first report on', async () => {
      kept.set('bob', hidden)
      await feed.refresh()
      expect(await fact()).toMatchObject({ connected: true, choice: hidden })
    })

    it('learns what was chosen on another server, once it is told that the board was lost', async () => {
      await feed.refresh()
      kept.set('bob', hidden)
      feed.boardLost()
      await feed.refresh()
      expect(await fact()).toMatchObject({ connected: true, choice: hidden })
    })

    it('reports nobody while neither board nor accounts can say what they chose', async () => {
      accountsAreAway = true
      await feed.refresh()
      expect(await fact()).toMatchObject({ connected: false })
      accountsAreAway = false
      await feed.refresh()
      expect(await fact()).toMatchObject({ connected: true, choice: null })
    })

    it('needs no accounts for one whom the board has seen', async () => {
      await board.publish([{ userId: 'bob', status: 'offline', lastSeen: '2026-01-01T00:00:00Z' }])
      accountsAreAway = true
      await feed.refresh()
      expect(await fact()).toMatchObject({ connected: true })
    })

    it('keeps what was chosen while the accounts were away once they are there', async () => {
      accountsAreAway = true
      await feed.choose('bob', hidden)
      expect(kept.size).toBe(0)
      accountsAreAway = false
      await feed.refresh()
      await new Promise((resolve) => setImmediate(resolve))
      expect(kept).toEqual(new Map([['bob', hidden]]))
    })

    it('takes what a user chooses after the clock was set back', async () => {
      await board.choose('bob', { status: 'busy', text: null, atMs: 7_200_000 })
      await feed.choose('bob', hidden)
      expect(await fact()).toMatchObject({ choice: { status: 'invisible', atMs: 7_200_001 } })
    })
  })

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

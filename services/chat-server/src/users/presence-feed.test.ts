import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Choice, createEmbeddedPresenceBoard, type PresenceBoard } from '@rookery/directory'
import type { PresenceUpdate } from '@rookery/domain'
import { createLogger } from '@rookery/service-kit'
import { Listener } from '../../tests/listener.ts'
import { PresenceFeed } from './presence-feed.ts'

const bob = { username: 'bob' }

/** A feed over an embedded board, some of whose methods are replaced. */
function feedOver(board: Partial<PresenceBoard>): PresenceFeed {
  return new PresenceFeed({
    serverId: 's',
    users: { get: () => bob, all: () => [bob] },
    accounts: { keepStatuses: async () => undefined, statusesOf: async () => new Map() },
    board: Object.assign(createEmbeddedPresenceBoard(), board),
    logger: createLogger('chat-server', { level: 'silent' }),
  })
}

describe('a presence feed', () => {
  it('gives a board the choice that it lost before it reports the user', async () => {
    let board = createEmbeddedPresenceBoard()
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
    // Another server may have made this choice earlier.
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

  describe('a presence feed with choices that the accounts keep', () => {
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

    it('restores a user’s choice after the board was lost, from the first report on', async () => {
      kept.set('bob', hidden)
      await feed.refresh()
      expect(await fact()).toMatchObject({ connected: true, choice: hidden })
    })

    it('learns choices made on other servers once it is told that the board was lost', async () => {
      await feed.refresh()
      kept.set('bob', hidden)
      feed.boardLost()
      await feed.refresh()
      expect(await fact()).toMatchObject({ connected: true, choice: hidden })
    })

    it('reports no user whose choice neither the board nor the accounts have', async () => {
      accountsAreAway = true
      await feed.refresh()
      expect(await fact()).toMatchObject({ connected: false })
      accountsAreAway = false
      await feed.refresh()
      expect(await fact()).toMatchObject({ connected: true, choice: null })
    })

    it('needs no accounts for a user whom the board has seen', async () => {
      await board.publish([{ userId: 'bob', status: 'offline', lastSeen: '2026-01-01T00:00:00Z' }])
      accountsAreAway = true
      await feed.refresh()
      expect(await fact()).toMatchObject({ connected: true })
    })

    it('stores a choice made while the accounts were away as soon as they are back', async () => {
      accountsAreAway = true
      await feed.choose('bob', hidden)
      expect(kept.size).toBe(0)
      accountsAreAway = false
      await feed.refresh()
      await new Promise((resolve) => setImmediate(resolve))
      expect(kept).toEqual(new Map([['bob', hidden]]))
    })

    it('accepts a choice that is made after the clock was set back', async () => {
      await board.choose('bob', { status: 'busy', text: null, atMs: 7_200_000 })
      await feed.choose('bob', hidden)
      expect(await fact()).toMatchObject({ choice: { status: 'invisible', atMs: 7_200_001 } })
    })
  })

  it('shows a drained socket the last status of each user', async () => {
    const feed = feedOver({ read: async () => new Map() })
    const connection = new Listener()
    connection.isSlow = true
    await feed.subscribe(connection, ['ann', 'bob'])
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
    expect(connection.sent).toEqual([])
    connection.isSlow = false
    feed.flush()
    feed.flush()
    const presence = [update('ann', 'away'), update('bob', 'online')]
    expect(connection.sent).toEqual([{ type: 'presence_update', presence }])
  })

  it('answers a new watcher with the update that was pushed during the read', async () => {
    let answer: (read: Map<string, PresenceUpdate>) => void = () => undefined
    const read = new Promise<Map<string, PresenceUpdate>>((resolve) => (answer = resolve))
    const feed = feedOver({ read: () => read })
    const subscribed = feed.subscribe(new Listener(), ['ann'])
    await new Promise(setImmediate)
    feed.show([{ userId: 'ann', status: 'away', lastSeen: null }])
    feed.flush()
    answer(new Map([['ann', { userId: 'ann', status: 'online', lastSeen: null }]]))
    await expect(subscribed).resolves.toEqual([{ userId: 'ann', status: 'away', lastSeen: null }])
  })
})

import { createCoordinationWorld } from '@rookery/coordination'
import {
  createEmbeddedPresenceBoard,
  createEmbeddedPushBus,
  DirectoryError,
  type PresenceBoard,
} from '@rookery/directory'
import { decodePushes, type PresenceUpdate } from '@rookery/domain'
import { createLogger, Metrics } from '@rookery/service-kit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { presenceElection } from '@rookery/domain'
import { createPresence, type Presence } from './presence.ts'

/** Chat server `s1`, the ports of presence and a fake clock. */
class World {
  nowMs = Date.parse('2026-05-01T12:00:00.000Z')
  readonly board = createEmbeddedPresenceBoard({ now: () => this.nowMs })
  readonly bus = createEmbeddedPushBus()
  readonly coordination = createCoordinationWorld()
  readonly pushes: PresenceUpdate[][] = []
  readonly #presences: Presence[] = []
  #arrived: () => void = () => undefined

  async open(): Promise<void> {
    await this.bus.subscribe('s1', (batch) => {
      for (const push of decodePushes(batch))
        if (push.k === 'presence') this.pushes.push(push.updates)
      this.#arrived()
    })
    await this.board.watch('s1', ['ann', 'bob'], true)
  }

  async start(name: string, board: PresenceBoard = this.board): Promise<Presence> {
    const presence = await createPresence({
      board,
      bus: this.bus,
      coordination: this.coordination.open(name),
      logger: createLogger('presence', { level: 'silent' }),
      metrics: new Metrics('presence'),
      now: () => this.nowMs,
      graceMs: 4_000,
      tickMs: 1,
    })
    this.#presences.push(presence)
    return presence
  }

  async close(): Promise<void> {
    for (const presence of this.#presences) await presence.close()
    await this.board.close()
    await this.bus.close()
  }

  get time(): string {
    return new Date(this.nowMs).toISOString()
  }

  report(username: string, connected: boolean, server = 's1'): Promise<void> {
    return this.board.report(server, [{ username, connected, atMs: this.nowMs }])
  }

  choose(username: string, status: 'online' | 'away' | 'busy' | 'invisible'): Promise<void> {
    return this.board.choose(username, { status, text: null, atMs: this.nowMs })
  }

  /** Advances the clock second by second. Watches are renewed, and presence works each second. */
  async pass(seconds: number): Promise<void> {
    await this.settled()
    for (let i = 0; i < seconds; i += 1) {
      this.nowMs += 1_000
      await this.board.watch('s1', ['ann', 'bob'], true)
      await this.settled()
    }
  }

  /** Resolves when the leader has handled all earlier changes: a marker user has passed a tick. */
  async settled(): Promise<void> {
    const marker = `marker-${Math.random()}`
    await this.board.watch('s1', [marker], false)
    const arrived = new Promise<void>((resolve) => {
      this.#arrived = () => {
        if (this.pushes.some((updates) => updates.some((one) => one.userId === marker))) resolve()
      }
    })
    await this.report(marker, true, 'marker-server')
    await arrived
    for (const [index, updates] of this.pushes.entries())
      this.pushes[index] = updates.filter((update) => !update.userId.startsWith('marker'))
    await this.board.unwatch('s1', [marker])
  }

  /** The updates that watchers got since the last call, batch by batch. */
  async updates(): Promise<PresenceUpdate[][]> {
    await this.settled()
    return this.pushes.splice(0).filter((updates) => updates.length > 0)
  }

  async seen(username: string): Promise<PresenceUpdate | undefined> {
    await this.settled()
    return (await this.board.read([username])).get(username)
  }
}

describe('presence', () => {
  let world: World
  beforeEach(async () => {
    world = new World()
    await world.open()
  })
  afterEach(() => world.close())

  it('shows a user who connects as online to the servers that watch the user', async () => {
    await world.start('one')
    await world.report('ann', true)
    const ann = { userId: 'ann', status: 'online', lastSeen: world.time }
    expect(await world.updates()).toEqual([[ann]])
    expect(await world.seen('ann')).toEqual(ann)
  })

  it('pushes to a server no update of users that it does not watch', async () => {
    await world.start('one')
    await world.report('eve', true)
    expect(await world.updates()).toEqual([])
    expect(await world.seen('eve')).toMatchObject({ status: 'online' })
  })

  it('pushes the changes of a tick as one batch', async () => {
    const presence = await world.start('one')
    await world.settled()
    await presence.close()
    await Promise.all([world.report('ann', true), world.report('bob', true)])
    await world.choose('ann', 'away')
    await world.start('two')
    const [batch, ...more] = await world.updates()
    expect(batch?.map((update) => [update.userId, update.status]).sort()).toEqual([
      ['ann', 'away'],
      ['bob', 'online'],
    ])
    expect(more).toEqual([])
  })

  it('pushes nothing for repeated reports, but advances lastSeen', async () => {
    await world.start('one')
    await world.report('ann', true)
    await world.updates()
    for (let seconds = 0; seconds < 60; seconds += 10) {
      await world.pass(10)
      await world.report('ann', true)
      expect(await world.updates()).toEqual([])
    }
    expect(await world.seen('ann')).toMatchObject({ lastSeen: world.time })
  })

  it('pushes nothing for a reconnect within the grace, also through another server', async () => {
    await world.start('one')
    await world.report('ann', true, 's1')
    await world.updates()
    await world.report('ann', false, 's1')
    await world.pass(3)
    await world.report('ann', true, 's2')
    await world.pass(9)
    expect(await world.updates()).toEqual([])
    expect(await world.seen('ann')).toMatchObject({ status: 'online' })
  })

  it('shows a user who left as offline after the grace, last seen at the last report', async () => {
    await world.start('one')
    await world.report('ann', true)
    const lastSeen = world.time
    await world.updates()
    await world.pass(2)
    await world.report('ann', false)
    await world.pass(3)
    expect(await world.updates()).toEqual([])
    await world.pass(1)
    expect(await world.updates()).toEqual([[{ userId: 'ann', status: 'offline', lastSeen }]])
  })

  it('begins a new grace each time that a user leaves', async () => {
    await world.start('one')
    await world.report('ann', true)
    await world.settled()
    await world.report('ann', false)
    await world.pass(3)
    await world.report('ann', true)
    await world.settled()
    await world.report('ann', false)
    await world.pass(3)
    expect((await world.updates()).flat().filter((update) => update.status === 'offline')).toEqual(
      [],
    )
  })

  it('shows a user as online while one of several servers reports the user', async () => {
    await world.start('one')
    await world.report('ann', true, 's1')
    await world.report('ann', true, 's2')
    await world.report('ann', false, 's1')
    await world.updates()
    await world.pass(9)
    expect(await world.updates()).toEqual([])
  })

  it('shows the users of a dead server as offline 15 s after its last report', async () => {
    await world.start('one')
    await world.report('ann', true)
    const lastSeen = world.time
    await world.updates()
    await world.pass(14)
    expect(await world.updates()).toEqual([])
    await world.pass(1)
    expect(await world.updates()).toEqual([[{ userId: 'ann', status: 'offline', lastSeen }]])
  })

  it('shows a chosen status, also one that was chosen before the user connected', async () => {
    await world.start('one')
    await world.choose('ann', 'busy')
    expect(await world.updates()).toEqual([])
    await world.report('ann', true)
    expect(await world.updates()).toMatchObject([[{ userId: 'ann', status: 'busy' }]])
    await world.choose('ann', 'online')
    expect(await world.updates()).toEqual([])
    world.nowMs += 1
    await world.choose('ann', 'online')
    expect(await world.updates()).toMatchObject([[{ userId: 'ann', status: 'online' }]])
  })

  it('shows an invisible user exactly like one who left, also after a reconnect', async () => {
    await world.start('one')
    await Promise.all([world.report('ann', true), world.report('bob', true)])
    await world.updates()
    await world.pass(2)
    await Promise.all([world.choose('ann', 'invisible'), world.report('bob', false)])
    await world.pass(2)
    await world.report('ann', true)
    await world.pass(2)
    const [batch, ...more] = await world.updates()
    const [one, other] = batch ?? []
    expect(more).toEqual([])
    expect({ ...one, userId: '' }).toEqual({ ...other, userId: '' })
    expect(one).toMatchObject({ status: 'offline' })
    const frozen = one?.lastSeen
    for (let i = 0; i < 4; i += 1) {
      await world.report('ann', true)
      await world.pass(3)
    }
    await world.report('ann', false)
    await world.pass(9)
    expect(await world.updates()).toEqual([])
    expect(await world.seen('ann')).toMatchObject({ status: 'offline', lastSeen: frozen })
  })

  it('ends a grace that began under a leader that has closed', async () => {
    const first = await world.start('one')
    await world.start('two')
    const watcher = world.coordination.open('watcher')
    const leader = await watcher.leaderOf(presenceElection)
    await world.report('ann', true)
    await world.updates()
    await world.report('ann', false)
    await world.pass(2)
    await first.close()
    await world.settled()
    expect(await watcher.leaderOf(presenceElection)).not.toBe(leader)
    await world.pass(4)
    expect(await world.updates()).toMatchObject([[{ userId: 'ann', status: 'offline' }]])
    await world.report('bob', true)
    expect(await world.updates()).toMatchObject([[{ userId: 'bob', status: 'online' }]])
  })

  it('reads the facts of changed users only', async () => {
    const asked: string[] = []
    const spied = new Proxy(world.board, {
      get: (board, property) => {
        if (property === 'facts') {
          return (usernames: string[]) => {
            asked.push(...usernames)
            return board.facts(usernames)
          }
        }
        const value: unknown = Reflect.get(board, property, board)
        return typeof value === 'function' ? (value.bind(board) as unknown) : value
      },
    })
    await world.start('one', spied)
    await world.report('ann', true)
    await world.settled()
    asked.length = 0
    await world.settled()
    await world.settled()
    expect(asked.filter((username) => !username.startsWith('marker'))).toEqual([])
  })

  it('publishes a change that an earlier leader took from the board and did not publish', async () => {
    await world.report('ann', true)
    expect(await world.board.takeChanged(10)).toEqual(['ann'])
    await world.start('one')
    expect(await world.updates()).toMatchObject([[{ userId: 'ann', status: 'online' }]])
  })

  it.each(['markAllChanged', 'takeChanged', 'facts', 'read', 'publish', 'watchers'] as const)(
    'publishes every change although the board fails once at %s',
    async (method) => {
      let failures = 0
      const flaky = new Proxy(world.board, {
        get: (board, property) => {
          if (property === method && failures < 1) {
            return async () => {
              failures += 1
              throw new DirectoryError('unavailable', 'away')
            }
          }
          const value: unknown = Reflect.get(board, property, board)
          return typeof value === 'function' ? (value.bind(board) as unknown) : value
        },
      })
      await world.report('ann', true)
      await world.start('one', flaky)
      expect((await world.updates()).flat()).toMatchObject([{ userId: 'ann', status: 'online' }])
      expect(failures).toBe(1)
    },
  )
})

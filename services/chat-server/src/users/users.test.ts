import { describe, expect, it } from '@jest/globals'
import { eventPush, type EventRow } from '@rookery/domain'
import type { ChannelRow, MemberRow } from '@rookery/message-store'
import { Listener } from '../../tests/listener.ts'
import { quietHubDeps, tick } from '../../tests/quiet-hub-deps.ts'
import { channelId, channelRow, eventRow, memberRow } from '../../tests/rows.ts'
import { Hubs } from '../channels/hubs.ts'
import { Users } from './users.ts'

/** Users over a store in which ann is a member of one channel. */
class Bench {
  member: MemberRow | null = memberRow('ann')
  version: string | null = null
  proposed: string[] = []
  storeIsAway = false
  /** Runs while the store reads the channel rows. */
  whileOpening: () => void = () => undefined
  /** Runs while the view of a joined channel is read. */
  whileReading: () => void = () => undefined
  readonly hubs = new Hubs({
    ...quietHubDeps,
    serverId: 'here',
    log: { epoch: { installId: 'i', number: 1 }, partitionOf: () => 0 },
    routing: {
      addInterest: async () => new Map(),
      dropInterest: async () => undefined,
      correctHead: async () => undefined,
    },
    store: {
      channels: async () => {
        this.whileOpening()
        return new Map<string, ChannelRow>([[channelId, channelRow(1)]])
      },
      channel: async () => channelRow(1),
      events: async () => [],
    },
  })
  readonly users = new Users({
    config: { limits: { messagesPerSecond: 1, messageBurst: 1 } },
    hubs: this.hubs,
    store: {
      channelsOf: async () => (this.member === null ? [] : [this.member]),
      member: async () => {
        if (this.storeIsAway) throw new Error('away')
        return this.member
      },
      messages: async () => [],
    },
    views: {
      channel: async (_username, { head }) => {
        this.whileReading()
        return {
          channelId,
          kind: 'public',
          name: 'lobby',
          createdAt: '',
          memberCount: 1,
          head,
          lastReadSeq: 0,
          unread: 0,
        }
      },
    },
    routing: {
      versions: async (names) =>
        new Map(this.version === null ? [] : names.map((name) => [name, this.version ?? ''])),
      proposeVersions: async (versions) => void this.proposed.push(...versions.keys()),
    },
    logger: { warn: () => undefined },
  })

  receive(seq: number, more?: Partial<EventRow>): void {
    this.hubs.get(channelId)?.receive(eventPush(eventRow(seq, more)))
  }

  get isIn(): boolean {
    return this.hubs.get(channelId)?.members.has('ann') === true
  }
}

describe('the channels of a user', () => {
  it('puts a user into its channels with its first socket', async () => {
    const { hubs, users } = new Bench()
    const user = users.add(new Listener(), 'ann')
    await users.load(user, 'v')
    expect(hubs.get(channelId)?.members.get('ann')?.user).toBe(user)
    expect(user.version).toBe('v')
  })

  it('puts a user into no channel if its last socket closes meanwhile', async () => {
    const bench = new Bench()
    const { hubs, users } = bench
    const connection = new Listener()
    const user = users.add(connection, 'ann')
    bench.whileOpening = () => users.remove(connection, user)
    await users.load(user, 'v')
    expect(hubs.get(channelId)?.inUse).toBe(false)
  })

  it('takes a user out of its channels when its last socket closes', async () => {
    const { hubs, users } = new Bench()
    const sockets = [new Listener(), new Listener()] as const
    const user = users.add(sockets[0], 'ann')
    expect(users.add(sockets[1], 'ann')).toBe(user)
    await users.load(user, 'v')
    users.remove(sockets[0], user)
    expect(hubs.get(channelId)?.inUse).toBe(true)
    users.remove(sockets[1], user)
    expect([hubs.get(channelId)?.inUse, users.get('ann')]).toEqual([false, undefined])
  })

  it('reads the channels of a user again when the user version has changed', async () => {
    const bench = new Bench()
    bench.member = null
    const user = bench.users.add(new Listener(), 'ann')
    await bench.users.load(user, 'v1')
    bench.version = 'v1'
    bench.member = memberRow('ann')
    await bench.users.refresh()
    expect(bench.isIn).toBe(false)
    bench.version = 'v2'
    await bench.users.refresh()
    expect([bench.isIn, user.version]).toEqual([true, 'v2'])
  })

  it('proposes a user version for a user without one', async () => {
    const bench = new Bench()
    await bench.users.load(bench.users.add(new Listener(), 'ann'), null)
    expect(bench.proposed).toEqual(['ann'])
  })
})

describe('letting a user into a channel', () => {
  it('shows a joined channel, and then the events that came while it was read', async () => {
    const bench = new Bench()
    const socket = new Listener()
    const user = bench.users.add(socket, 'ann')
    bench.whileReading = () => bench.receive(2)
    expect(await bench.users.admit(user, channelId, 'bob')).toBe(true)
    bench.receive(3)
    expect(socket.sent).toMatchObject([
      { type: 'channel_joined', head: 1, by: 'bob' },
      { type: 'chat_message', seq: 2 },
      { type: 'chat_message', seq: 3 },
    ])
  })

  it('shows no joined channel to a socket that waits for its list', async () => {
    const { users } = new Bench()
    const socket = new Listener()
    socket.ready = false
    await users.admit(users.add(socket, 'ann'), channelId, null)
    expect(socket.sent).toEqual([])
    expect([...socket.joinedWhileListing]).toEqual([channelId])
  })

  it('lets in no user who leaves while the channel is read', async () => {
    const bench = new Bench()
    const user = bench.users.add(new Listener(), 'ann')
    bench.whileReading = () =>
      bench.receive(2, { body: { type: 'participant_left', username: 'ann' } })
    expect(await bench.users.admit(user, channelId, null)).toBe(false)
    expect(bench.isIn).toBe(false)
  })

  it('lets in a user with the role that an event gave while the channel was read', async () => {
    const bench = new Bench()
    const { hubs, users } = bench
    bench.member = { ...memberRow('ann'), role: 'admin' }
    const user = users.add(new Listener(), 'ann')
    bench.whileReading = () =>
      bench.receive(2, {
        user: 'bob',
        body: { type: 'role_changed', username: 'ann', role: 'member' },
      })
    await users.admit(user, channelId, 'bob')
    expect(hubs.get(channelId)?.members.get('ann')?.role).toBe('member')
  })

  it('lets in no user who is no member', async () => {
    const bench = new Bench()
    bench.member = memberRow('ann', { present: false })
    const user = bench.users.add(new Listener(), 'ann')
    expect(await bench.users.admit(user, channelId, null)).toBe(false)
    expect(bench.isIn).toBe(false)
  })

  it('lets a user in at the next refresh if the store was away', async () => {
    const bench = new Bench()
    bench.member = null
    const user = bench.users.add(new Listener(), 'ann')
    await bench.users.load(user, 'v')
    Object.assign(bench, { member: memberRow('ann'), version: 'v', storeIsAway: true })
    bench.users.joined(channelId, 'ann', 'bob')
    await tick()
    expect([bench.isIn, user.version]).toEqual([false, null])
    bench.storeIsAway = false
    await bench.users.refresh()
    expect([bench.isIn, user.version]).toEqual([true, 'v'])
  })
})

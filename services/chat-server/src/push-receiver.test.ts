import { describe, expect, it } from '@jest/globals'
import {
  encodePushes,
  eventPush,
  type AnswerPush,
  type EventPush,
  type EventRow,
  type Push,
} from '@rookery/domain'
import { closeCodes } from '@rookery/protocol'
import { Listener } from '../tests/listener.ts'
import { quietHubDeps, tick } from '../tests/quiet-hub-deps.ts'
import { channelId, eventRow } from '../tests/rows.ts'
import { ChannelHub } from './channels/channel-hub.ts'
import { type PushedConnection, PushReceiver } from './push-receiver.ts'
import type { RequestError } from './request-error.ts'
import { LocalUser } from './users/local-user.ts'

/** A receiver, and notes of what it did with the parts of its server. */
class Bench {
  readonly hubs = new Map<string, ChannelHub>()
  readonly users = new Map<string, LocalUser>()
  readonly connections = new Map<string, PushedConnection>()
  readonly settled: number[] = []
  readonly answered: AnswerPush[] = []
  readonly joined: string[] = []
  readonly presence: unknown[] = []
  readonly ended: string[] = []
  readonly failed: string[] = []
  readonly logged: unknown[] = []
  readonly receiver = new PushReceiver({
    connections: this.connections,
    hubs: {
      get: (id) => this.hubs.get(id),
      openCreated: (event, kind) => this.open(event.seq, kind),
    },
    users: {
      get: (name) => this.users.get(name),
      joined: (id, name, by) => void this.joined.push(`${name} into ${id} by ${by}`),
    },
    presence: { show: (updates) => void this.presence.push(...updates) },
    submitter: {
      settle: ({ seq }) => (this.settled.push(seq), []),
      answer: (push) => void this.answered.push(push),
    },
    views: {
      participants: async (members) =>
        members.map(({ username, role }) => ({
          username,
          role,
          displayName: username.toUpperCase(),
          status: 'online',
        })),
    },
    ended: { add: (familyIds) => void this.ended.push(...familyIds) },
    tokens: { ttlMs: 1_000 },
    logger: { error: (what: unknown) => void this.logged.push(what) },
  })

  receive(...pushes: Push[]): void {
    this.receiver.receive(encodePushes(pushes))
  }

  open(position: number, kind: ChannelHub['kind'] = 'public'): ChannelHub {
    const hub = new ChannelHub(channelId, quietHubDeps)
    hub.open({ kind, head: position, messageNumber: 0 }, 0)
    this.hubs.set(channelId, hub)
    return hub
  }

  /** A user with one socket. */
  user(name: string): { user: LocalUser; socket: Listener } {
    const user = new LocalUser(name, { messagesPerSecond: 1, messageBurst: 1 })
    const socket = new Listener()
    user.connections.add(socket)
    this.users.set(name, user)
    return { user, socket }
  }

  connect(connectionId: string, familyId: string | null): void {
    this.connections.set(connectionId, {
      identity: familyId === null ? null : { claims: { familyId } },
      probe: () => void this.failed.push(`${connectionId} probed`),
      fail: ({ code }: RequestError, closeCode) =>
        void this.failed.push(`${connectionId} ${code} ${closeCode}`),
    })
  }
}

const event = (seq: number, more?: Partial<EventRow>): EventPush => eventPush(eventRow(seq, more))
const joined = (seq: number, username: string): EventPush =>
  event(seq, { body: { type: 'participant_joined', username } })
const created = (kind: 'direct' | 'group', ...names: string[]): EventPush =>
  event(1, {
    body: {
      type: 'channel_created',
      kind,
      name: null,
      members: names.map((username) => ({ username, role: 'member' })),
    },
  })

describe('a batch of pushes', () => {
  it('drops and logs a batch that cannot be decoded', () => {
    const bench = new Bench()
    bench.receiver.receive('{')
    expect(bench.logged).toHaveLength(1)
  })

  it('applies the other pushes of a batch if one fails', () => {
    const bench = new Bench()
    bench.open(0).receive = () => {
      throw new Error('a defect')
    }
    const probe = { k: 'probe', connectionId: 'c' } as const
    bench.connect('c', null)
    bench.receive(event(1), probe)
    expect(bench.logged).toMatchObject([{ kind: 'event' }])
    expect(bench.failed).toEqual(['c probed'])
  })
})

describe('a pushed event', () => {
  it('hands an event to its open channel', () => {
    const bench = new Bench()
    const hub = bench.open(4)
    bench.receive(event(5))
    expect(hub.position).toBe(5)
  })

  it('settles the request of an event whose channel is not open', () => {
    const bench = new Bench()
    bench.receive(event(5))
    expect(bench.settled).toEqual([5])
  })

  it('lets in the local users whom a pushed event adds to a channel', () => {
    const bench = new Bench()
    bench.user('bob')
    bench.receive(joined(5, 'bob'), joined(6, 'cy'))
    expect(bench.joined).toEqual(['bob into p-0 by ann'])
  })

  it('lets in no user who is in the channel already or whom the event removes', () => {
    const bench = new Bench()
    const hub = bench.open(4)
    hub.attach(bench.user('bob').user, 'member')
    bench.user('cy')
    bench.receive(joined(5, 'bob'))
    bench.receive(event(6, { body: { type: 'participant_left', username: 'cy' } }))
    expect(bench.joined).toEqual([])
  })
})

describe('a pushed creation', () => {
  it('opens a created channel for its local members, who are shown display names', async () => {
    const bench = new Bench()
    const [ann, bob] = [bench.user('ann'), bench.user('bob')]
    bench.receive(created('group', 'ann', 'bob', 'cy'))
    await tick()
    const hub = bench.hubs.get(channelId)
    expect(hub?.members.get('ann')).toMatchObject({ role: 'owner' })
    expect(hub?.members.get('bob')).toMatchObject({ role: 'member' })
    for (const { socket } of [ann, bob])
      expect(socket.sent).toMatchObject([
        { type: 'channel_created', channel: { participants: [{ displayName: 'ANN' }, {}, {}] } },
      ])
  })

  it('gives a direct channel no owner', async () => {
    const bench = new Bench()
    bench.user('ann')
    bench.receive(created('direct', 'ann', 'bob'))
    await tick()
    expect(bench.hubs.get(channelId)?.members.get('ann')?.role).toBe('member')
  })

  it('opens no created channel without local members, and settles its request', async () => {
    const bench = new Bench()
    bench.receive(created('group', 'ann', 'bob'))
    await tick()
    expect(bench.hubs.size).toBe(0)
    expect(bench.settled).toEqual([1])
  })

  it('hands a creation to a channel that was opened while the names were read', async () => {
    const bench = new Bench()
    bench.user('ann')
    bench.receive(created('group', 'ann', 'bob'))
    const hub = bench.open(0)
    await tick()
    expect(bench.hubs.get(channelId)).toBe(hub)
    expect(hub.position).toBe(1)
    expect(bench.joined).toEqual(['ann into p-0 by ann'])
  })
})

describe('a pushed read mark', () => {
  const read = { k: 'read', channelId, username: 'ann', seq: 5 } as const
  /** The types of frames that ann and bob, who are members, are shown. */
  function shown(push: Push, isSlow = false): string[][] {
    const bench = new Bench()
    const hub = bench.open(5)
    const members = ['ann', 'bob'].map((name) => bench.user(name))
    for (const { user, socket } of members) {
      hub.attach(user, 'member')
      socket.isSlow = isSlow
    }
    bench.receive(push)
    return members.map(({ socket }) => socket.types)
  }

  it('shows a read mark to its reader and the other members', () => {
    expect(shown(read)).toEqual([['channel_read'], ['channel_read']])
  })

  it('shows a read mark to its reader alone if the push says so', () => {
    expect(shown({ ...read, own: true })).toEqual([['channel_read'], []])
  })

  it('leaves a read mark out for slow sockets, but not for those of its reader', () => {
    expect(shown(read, true)).toEqual([['channel_read'], []])
  })
})

describe('other pushes', () => {
  it('shows typing to the other members', () => {
    const bench = new Bench()
    const hub = bench.open(5)
    const [ann, bob] = [bench.user('ann'), bench.user('bob')]
    for (const { user } of [ann, bob]) hub.attach(user, 'member')
    bench.receive({ k: 'typing', channelId, username: 'ann' })
    expect([ann.socket.types, bob.socket.types]).toEqual([[], ['typing']])
  })

  it('hands on the answers of the dispatcher and the updates of presence', () => {
    const bench = new Bench()
    const answer: AnswerPush = {
      k: 'answer',
      channelId,
      user: 'ann',
      session: 's',
      clientSeq: 1,
      bodyHash: 'h',
      outcome: { kind: 'missing' },
    }
    const update = { userId: 'bob', status: 'away', lastSeen: null } as const
    bench.receive(answer, { k: 'presence', updates: [update] })
    expect(bench.answered).toEqual([answer])
    expect(bench.presence).toEqual([update])
  })

  it('closes a socket whose place a newer one took', () => {
    const bench = new Bench()
    bench.connect('c', 'f')
    bench.receive({ k: 'replaced', connectionId: 'c' }, { k: 'replaced', connectionId: 'gone' })
    expect(bench.failed).toEqual([`c conflict ${closeCodes.replaced}`])
  })

  it.each([
    ['ended', `unauthorized ${closeCodes.unauthenticated}`],
    ['banned', `forbidden ${closeCodes.banned}`],
  ] as const)(
    'closes the sockets of log-ins that were %s, and remembers the log-ins',
    (reason, how) => {
      const bench = new Bench()
      for (const [id, family] of [
        ['a', 'f1'],
        ['b', 'f2'],
        ['c', 'f1'],
        ['d', null],
      ] as const)
        bench.connect(id, family)
      bench.receive({ k: 'families_ended', familyIds: ['f1'], reason })
      expect(bench.failed).toEqual([`a ${how}`, `c ${how}`])
      expect(bench.ended).toEqual(['f1'])
    },
  )

  it('mutes a local user', () => {
    const bench = new Bench()
    const { user } = bench.user('bob')
    bench.receive(
      { k: 'muted', username: 'bob', untilMs: 9 },
      { k: 'muted', username: 'cy', untilMs: 9 },
    )
    expect(user.mutedUntilMs).toBe(9)
    expect(user.muteToldAt).toBeGreaterThan(0)
  })
})

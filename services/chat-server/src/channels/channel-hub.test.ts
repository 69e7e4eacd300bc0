import { describe, expect, it } from '@jest/globals'
import { eventPush, type EventPush, type EventRow } from '@rookery/domain'
import { Listener } from '../../tests/listener.ts'
import { quietHubDeps, tick } from '../../tests/quiet-hub-deps.ts'
import { channelId, channelRow, eventRow } from '../../tests/rows.ts'
import type { UserConnection } from '../sockets/user-connection.ts'
import { LocalUser } from '../users/local-user.ts'
import { ChannelHub } from './channel-hub.ts'

/** A channel's stored rows, and a server with one hub over them. */
class Bench {
  readonly rows: EventRow[] = []
  readonly settled: number[] = []
  readonly joined: string[] = []
  readonly corrected: unknown[] = []
  /** The connections that were sent the next event already. */
  shownAlready: UserConnection[] = []
  reads = 0
  failing = false
  readonly hub = new ChannelHub(channelId, {
    ...quietHubDeps,
    submitter: { settle: ({ seq }) => (this.settled.push(seq), this.shownAlready) },
    routing: { correctHead: async (...args) => void this.corrected.push(args) },
    joined: (_channelId, username) => void this.joined.push(username),
    store: {
      events: async (_id, { after, limit }) => {
        this.reads += 1
        if (this.failing) throw new Error('away')
        return this.rows.filter((row) => row.seq > after).slice(0, limit)
      },
      channel: async () => channelRow(this.rows.length),
    },
  })

  /** Stores the next event, and returns the push of it. */
  add(body: EventRow['body'] = { type: 'chat_message' }, user = 'ann'): EventPush {
    const row = eventRow(this.rows.length + 1, { body, user })
    this.rows.push(row)
    return eventPush(row)
  }

  open(head = this.rows.length): void {
    this.hub.open({ kind: 'public', head, messageNumber: head }, 0)
  }

  /** A member with one socket. */
  member(name: string): { user: LocalUser; socket: Listener } {
    const user = new LocalUser(name, { messagesPerSecond: 1, messageBurst: 1 })
    const socket = new Listener()
    user.connections.add(socket)
    this.hub.attach(user, 'member')
    return { user, socket }
  }
}

describe('a channel hub', () => {
  it('forwards the next event only, and drops events that it has shown', () => {
    const bench = new Bench()
    bench.open()
    const { socket } = bench.member('ann')
    const first = bench.add()
    bench.hub.receive(first)
    bench.hub.receive(first)
    bench.hub.receive(bench.add())
    expect(socket.shown).toEqual([1, 2])
    expect(bench.hub.position).toBe(2)
    expect(bench.reads).toBe(0)
  })

  it('tells the sender’s sockets which of their numbers are stored', () => {
    const bench = new Bench()
    bench.open()
    const [ann, bob] = [bench.member('ann'), bench.member('bob')]
    bench.hub.receive(bench.add())
    bench.hub.receive(bench.add(undefined, 'bob'))
    expect([ann.socket.own, bob.socket.own]).toEqual([[1], [2]])
  })

  it('has passed only events since its opening, and reads on if asked for later ones', async () => {
    const bench = new Bench()
    bench.add()
    expect(bench.hub.hasPassed(1)).toBe(false)
    bench.open()
    const { socket } = bench.member('ann')
    bench.add()
    expect([bench.hub.hasPassed(1), bench.hub.hasPassed(2)]).toEqual([false, false])
    await tick()
    expect(bench.hub.hasPassed(2)).toBe(true)
    expect(socket.shown).toEqual([2])
  })

  it('reads missing events once when a push was lost, and shows all events in order', async () => {
    const bench = new Bench()
    bench.open()
    const { socket } = bench.member('ann')
    bench.add()
    bench.add()
    const late = [bench.add(), bench.add()]
    for (const event of late) bench.hub.receive(event)
    await tick()
    expect(socket.shown).toEqual([1, 2, 3, 4])
    expect(bench.reads).toBe(1)
  })

  it('catches up with a reported head if the last push was lost', async () => {
    const bench = new Bench()
    bench.open()
    const { socket } = bench.member('ann')
    bench.add()
    bench.hub.noteHead(1)
    await tick()
    expect(socket.shown).toEqual([1])
  })

  it('replaces a head in the directory by the head of the row if no row confirms it', async () => {
    const bench = new Bench()
    bench.add()
    bench.open()
    bench.hub.noteHead(99)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(bench.corrected).toEqual([[channelId, { epoch: 1, seq: 99 }, { epoch: 1, seq: 1 }]])
    expect(bench.hub.position).toBe(1)
  })

  it('reads missing events at the next notice if they could not be read before', async () => {
    const bench = new Bench()
    bench.open()
    const { socket } = bench.member('ann')
    bench.add()
    bench.failing = true
    bench.hub.noteHead(1)
    await tick()
    expect(socket.shown).toEqual([])
    bench.failing = false
    bench.hub.noteHead(1)
    await tick()
    expect(socket.shown).toEqual([1])
  })

  it('counts as caught up only after it has read the events that it missed at first', async () => {
    const bench = new Bench()
    bench.open()
    bench.add()
    bench.failing = true
    bench.hub.noteHead(1)
    await tick()
    bench.failing = false
    await bench.hub.caughtUp()
    expect(bench.hub.position).toBe(1)
  })

  it('settles a request whose event it had passed before the push came', () => {
    const bench = new Bench()
    const event = bench.add()
    bench.hub.receive(event)
    bench.open()
    expect(bench.settled).toEqual([1])
  })

  it('shows a removed member the removal and nothing after it', () => {
    const bench = new Bench()
    bench.open()
    const ann = bench.member('ann')
    const bob = bench.member('bob')
    bench.hub.receive(bench.add({ type: 'participant_left', username: 'bob' }))
    bench.hub.receive(bench.add())
    expect(bob.socket.sent).toMatchObject([
      { type: 'participant_left', seq: 1 },
      { type: 'channel_left', by: 'ann' },
    ])
    expect(bob.user.channels.size).toBe(0)
    expect(ann.socket.shown).toEqual([1, 2])
  })

  it('makes an owner who hands the channel over an admin', () => {
    const bench = new Bench()
    bench.open()
    const ann = bench.member('ann')
    bench.member('bob')
    bench.hub.attach(ann.user, 'owner')
    bench.hub.receive(bench.add({ type: 'role_changed', username: 'bob', role: 'owner' }))
    expect(bench.hub.members.get('bob')?.role).toBe('owner')
    expect(bench.hub.members.get('ann')?.role).toBe('admin')
  })

  it('tells the server of a user who joined', () => {
    const bench = new Bench()
    bench.open()
    bench.hub.receive(bench.add({ type: 'participant_joined', username: 'bob' }))
    expect(bench.joined).toEqual(['bob'])
  })

  it('does not show an event to the connection that got it as the answer to its request', () => {
    const bench = new Bench()
    bench.open()
    const [ann, bob] = [bench.member('ann'), bench.member('bob')]
    bench.shownAlready = [ann.socket]
    bench.hub.receive(bench.add())
    expect([ann.socket.shown, bob.socket.shown]).toEqual([[], [1]])
  })

  it('notes for an admission how later events change the membership', () => {
    const bench = new Bench()
    bench.open()
    const admission = bench.hub.beginAdmission('bob')
    bench.hub.receive(bench.add({ type: 'participant_joined', username: 'bob' }))
    expect(admission.override).toEqual({ present: true, role: 'member' })
    bench.hub.receive(bench.add({ type: 'role_changed', username: 'bob', role: 'admin' }))
    expect(admission.override).toEqual({ present: true, role: 'admin' })
    bench.hub.receive(bench.add({ type: 'participant_left', username: 'bob' }))
    expect(admission.override).toMatchObject({ present: false })
  })

  it('records the events that are delivered after a position was taken', () => {
    const bench = new Bench()
    bench.open()
    const recording = bench.hub.record()
    bench.hub.receive(bench.add())
    bench.hub.receive(bench.add())
    bench.hub.stopRecording(recording)
    bench.hub.receive(bench.add())
    expect(recording.head).toBe(0)
    expect(
      recording.frames.map((frame) => (JSON.parse(frame.json) as { seq: number }).seq),
    ).toEqual([1, 2])
  })

  it('records that there were too many events to keep', () => {
    const bench = new Bench()
    bench.open()
    const recording = bench.hub.record()
    for (let n = 0; n < 1_000; n += 1) bench.hub.receive(bench.add())
    expect(recording.overflow).toBe(false)
    bench.hub.receive(bench.add())
    expect([recording.frames.length, recording.overflow]).toEqual([1_000, true])
  })

  it('confirms its position by the channel row, as of the time of the question', async () => {
    const bench = new Bench()
    bench.open()
    bench.hub.confirmedAt = 0
    bench.add()
    const before = Date.now()
    await bench.hub.confirm()
    expect(bench.hub.position).toBe(1)
    expect(bench.hub.confirmedAt).toBeGreaterThanOrEqual(before)
  })
})

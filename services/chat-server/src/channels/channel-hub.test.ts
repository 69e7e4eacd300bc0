import { describe, expect, it } from '@jest/globals'
import { eventPush, type EventPush, type EventRow } from '@rookery/domain'
import { ChannelHub } from './channel-hub.ts'
import type { Connection } from '../sockets/connection.ts'
import type { ChatContext } from '../context.ts'
import { LocalUser } from '../users/local-user.ts'
import type { OutFrame } from '../sockets/out-frame.ts'

const channelId = 'p-0'

/** A channel's stored rows, and a server with one hub over them. */
class Bench {
  readonly rows: EventRow[] = []
  readonly settled: number[] = []
  readonly admitted: string[] = []
  readonly corrected: unknown[] = []
  reads = 0
  failing = false
  readonly hub: ChannelHub
  readonly #users = new Map<string, LocalUser>()

  constructor() {
    const ctx = {
      submitter: { settle: (event: EventPush) => (this.settled.push(event.seq), []) },
      counters: { deliveries: { inc: () => undefined }, repairs: { inc: () => undefined } },
      logger: { warn: () => undefined },
      log: { epoch: { installId: 'i', number: 1 } },
      routing: { correctHead: async (...args: unknown[]) => void this.corrected.push(args) },
      users: {
        get: (name: string) => this.#users.get(name),
        admit: async (user: LocalUser) => (this.admitted.push(user.username), true),
      },
      store: {
        events: async (_id: string, { after, limit }: { after: number; limit: number }) => {
          this.reads += 1
          if (this.failing) throw Object.assign(new Error('away'), { code: 'unavailable' })
          return this.rows.filter((row) => row.seq > after).slice(0, limit)
        },
        channel: async () => ({ head: this.rows.length, headPosition: { epoch: 1 } }),
      },
    }
    this.hub = new ChannelHub(channelId, ctx as unknown as ChatContext)
  }

  /** Stores the next event, and answers the push of it. */
  add(body: EventRow['body'] = { type: 'chat_message' }, user = 'ann'): EventPush {
    const seq = this.rows.length + 1
    const row: EventRow = {
      channelId,
      seq,
      messageNumber: seq,
      position: { epoch: 1, partition: 0, offset: seq },
      sentAtMs: 0,
      user,
      session: 's',
      clientSeq: seq,
      body,
      text: body.type === 'chat_message' ? { content: `m${seq}` } : null,
    }
    this.rows.push(row)
    return eventPush(row)
  }

  open(head = this.rows.length): void {
    this.hub.open({ kind: 'public', head, messageNumber: head }, 0)
  }

  member(name: string): { shown: number[]; own: number[]; left: string[]; user: LocalUser } {
    const user = new LocalUser(name, { messagesPerSecond: 1, messageBurst: 1 })
    const shown: number[] = []
    const own: number[] = []
    const left: string[] = []
    const connection = {
      ready: true,
      noteOwn: ({ clientSeq }: EventPush) => own.push(clientSeq),
      showEvent: (frame: OutFrame) => shown.push((JSON.parse(frame.json) as { seq: number }).seq),
      showLeft: (_channel: string, by: string) => left.push(by),
    }
    user.connections.add(connection as unknown as Connection)
    this.#users.set(name, user)
    this.hub.attach(user, 'member')
    return { shown, own, left, user }
  }
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 5))

describe('channel hub', () => {
  it('forwards only what comes next, and drops what it has shown', () => {
    const bench = new Bench()
    bench.open()
    const { shown } = bench.member('ann')
    const first = bench.add()
    bench.hub.receive(first)
    bench.hub.receive(first)
    bench.hub.receive(bench.add())
    expect(shown).toEqual([1, 2])
    expect(bench.hub.position).toBe(2)
    expect(bench.reads).toBe(0)
  })

  it('tells the sender’s sockets which of their numbers are stored', () => {
    const bench = new Bench()
    bench.open()
    const [ann, bob] = [bench.member('ann'), bench.member('bob')]
    bench.hub.receive(bench.add())
    bench.hub.receive(bench.add(undefined, 'bob'))
    expect([ann.own, bob.own]).toEqual([[1], [2]])
  })

  it('has passed what it went through itself, and reads on when asked about more', async () => {
    const bench = new Bench()
    bench.add()
    expect(bench.hub.hasPassed(1)).toBe(false)
    bench.open()
    const { shown } = bench.member('ann')
    bench.add()
    expect([bench.hub.hasPassed(1), bench.hub.hasPassed(2)]).toEqual([false, false])
    await settle()
    expect(bench.hub.hasPassed(2)).toBe(true)
    expect(shown).toEqual([2])
  })

  it('fetches a range once when a push was lost, and goes on in order', async () => {
    const bench = new Bench()
    bench.open()
    const { shown } = bench.member('ann')
    bench.add()
    bench.add()
    const late = [bench.add(), bench.add()]
    for (const event of late) bench.hub.receive(event)
    await settle()
    expect(shown).toEqual([1, 2, 3, 4])
    expect(bench.reads).toBe(1)
  })

  it('catches up with a head that it is told, also with the last push lost', async () => {
    const bench = new Bench()
    bench.open()
    const { shown } = bench.member('ann')
    bench.add()
    bench.hub.noteHead(1)
    await settle()
    expect(shown).toEqual([1])
  })

  it('replaces a head that no row bears out by the row’s', async () => {
    const bench = new Bench()
    bench.add()
    bench.open()
    bench.hub.noteHead(99)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(bench.corrected).toEqual([[channelId, { epoch: 1, seq: 99 }, { epoch: 1, seq: 1 }]])
    expect(bench.hub.position).toBe(1)
  })

  it('tries again at the next notice when a range could not be read', async () => {
    const bench = new Bench()
    bench.open()
    const { shown } = bench.member('ann')
    bench.add()
    bench.failing = true
    bench.hub.noteHead(1)
    await settle()
    expect(shown).toEqual([])
    bench.failing = false
    bench.hub.noteHead(1)
    await settle()
    expect(shown).toEqual([1])
  })

  it('is caught up only once it has read what it could not read at first', async () => {
    const bench = new Bench()
    bench.open()
    bench.add()
    bench.failing = true
    bench.hub.noteHead(1)
    await settle()
    bench.failing = false
    await bench.hub.caughtUp()
    expect(bench.hub.position).toBe(1)
  })

  it('settles sends whose event it passed before it was pushed', () => {
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
    expect(bob.shown).toEqual([1])
    expect(bob.left).toEqual(['ann'])
    expect(bob.user.channels.size).toBe(0)
    expect(ann.shown).toEqual([1, 2])
  })

  it('hands roles on in order: who gives the channel away becomes an admin', () => {
    const bench = new Bench()
    bench.open()
    const ann = bench.member('ann')
    bench.member('bob')
    bench.hub.attach(ann.user, 'owner')
    bench.hub.receive(bench.add({ type: 'role_changed', username: 'bob', role: 'owner' }))
    expect(bench.hub.members.get('bob')?.role).toBe('owner')
    expect(bench.hub.members.get('ann')?.role).toBe('admin')
  })

  it('lets in a local user who joined', () => {
    const bench = new Bench()
    bench.open()
    const bob = bench.member('bob')
    bench.hub.detach(bob.user)
    bench.hub.receive(bench.add({ type: 'participant_joined', username: 'bob' }))
    expect(bench.admitted).toEqual(['bob'])
  })

  it('overrules what was read of a member by events that came meanwhile', () => {
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

  it('keeps what is delivered while a head is being told, to follow right behind it', () => {
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

  it('is confirmed by the channel row, as of when it was asked for', async () => {
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

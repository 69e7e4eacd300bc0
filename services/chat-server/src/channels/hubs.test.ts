import { describe, expect, it } from '@jest/globals'
import type { HeadView } from '@rookery/directory'
import { eventPush, type EventRow } from '@rookery/domain'
import type { ChannelRow } from '@rookery/message-store'
import { steadyNow } from '@rookery/service-kit'
import { Listener } from '../../tests/listener.ts'
import { quietHubDeps, tick } from '../../tests/quiet-hub-deps.ts'
import { channelId, channelRow, eventRow } from '../../tests/rows.ts'
import { LocalUser } from '../users/local-user.ts'
import type { ChannelHub } from './channel-hub.ts'
import { Hubs } from './hubs.ts'

/** Hubs over a directory, and over a store that answers in a later tick. */
class Bench {
  readonly rows = new Map<string, ChannelRow>()
  readonly events: EventRow[] = []
  readonly heads = new Map<string, HeadView>()
  readonly corrected: unknown[] = []
  readonly dropped: string[] = []
  /** The channels of each read of rows. */
  readonly reads: (readonly string[])[] = []
  storeIsAway = false
  directoryIsAway = false
  beforeRows: () => void = () => undefined
  readonly hubs = new Hubs({
    ...quietHubDeps,
    serverId: 'here',
    log: { epoch: { installId: 'i', number: 1 }, partitionOf: () => 0 },
    store: {
      channels: async (ids) => {
        this.reads.push(ids)
        await tick()
        this.beforeRows()
        if (this.storeIsAway) throw new Error('away')
        return new Map([...this.rows].filter(([id]) => ids.includes(id)))
      },
      channel: async (id) => this.rows.get(id) ?? null,
      events: async (_id, { after }) => this.events.filter(({ seq }) => seq > after),
    },
    routing: {
      addInterest: async () => {
        if (this.directoryIsAway) throw new Error('away')
        return this.heads
      },
      dropInterest: async (_serverId, ids) => void this.dropped.push(...ids),
      correctHead: async (...correction) => void this.corrected.push(correction),
    },
  })

  /** Stores events 1 to `head` and the row of their channel. */
  store(head: number): void {
    for (let seq = this.events.length + 1; seq <= head; seq += 1) this.events.push(eventRow(seq))
    this.rows.set(channelId, channelRow(head))
  }

  async open(): Promise<ChannelHub> {
    const hub = await this.hubs.open(channelId)
    if (hub === null) throw new Error('the channel does not exist')
    return hub
  }
}

describe('opening channels', () => {
  it('opens a channel at the head of its row', async () => {
    const bench = new Bench()
    bench.store(3)
    expect((await bench.open()).position).toBe(3)
  })

  it('reads a channel once for concurrent calls', async () => {
    const bench = new Bench()
    bench.store(3)
    const positions = [1, 2].map(async () => (await bench.open()).position)
    expect(await Promise.all(positions)).toEqual([3, 3])
    expect((await bench.open()).position).toBe(3)
    expect(bench.reads).toEqual([[channelId]])
  })

  it('opens nothing for a channel that does not exist', async () => {
    const { hubs } = new Bench()
    expect(await hubs.open('p-none')).toBeNull()
    expect(hubs.size).toBe(0)
  })

  it('opens a channel at the next call if the store was away', async () => {
    const bench = new Bench()
    bench.store(3)
    bench.storeIsAway = true
    await expect(bench.open()).rejects.toThrow('away')
    bench.storeIsAway = false
    expect((await bench.open()).position).toBe(3)
  })

  it('takes the events that are pushed while the row is read', async () => {
    const bench = new Bench()
    bench.store(3)
    bench.beforeRows = () => {
      for (const seq of [3, 4]) bench.hubs.get(channelId)?.receive(eventPush(eventRow(seq)))
    }
    expect((await bench.open()).position).toBe(4)
  })

  it('reads up to the head that the directory reports, if the row is behind it', async () => {
    const bench = new Bench()
    bench.store(5)
    bench.rows.set(channelId, channelRow(3))
    bench.heads.set(channelId, { head: { epoch: 1, seq: 5 }, fresh: true })
    const hub = await bench.open()
    await tick()
    expect(hub.position).toBe(5)
  })

  it('opens a channel while the directory is away', async () => {
    const bench = new Bench()
    bench.store(3)
    bench.directoryIsAway = true
    expect((await bench.open()).position).toBe(3)
  })

  it('opens a channel at its pushed creation without reading a row', () => {
    const { hubs, reads } = new Bench()
    const hub = hubs.openCreated(eventPush(eventRow(1)), 'group')
    expect([hub.kind, hub.position, hubs.get(channelId)]).toEqual(['group', 1, hub])
    expect(reads).toEqual([])
  })
})

describe('reading heads again', () => {
  it('confirms a channel whose head the dispatcher vouches for', async () => {
    const bench = new Bench()
    bench.store(3)
    const hub = await bench.open()
    hub.confirmedAt = 0
    bench.heads.set(channelId, { head: { epoch: 1, seq: 3 }, fresh: false })
    await bench.hubs.refresh()
    expect(hub.confirmedAt).toBe(0)
    bench.heads.set(channelId, { head: { epoch: 1, seq: 3 }, fresh: true })
    await bench.hubs.refresh()
    expect(hub.confirmedAt).toBeGreaterThan(0)
    expect(bench.reads).toHaveLength(1)
  })

  it('catches up with a new head, and confirms it only once it is read', async () => {
    const bench = new Bench()
    bench.store(3)
    const hub = await bench.open()
    hub.confirmedAt = 0
    bench.store(4)
    bench.heads.set(channelId, { head: { epoch: 1, seq: 4 }, fresh: true })
    await bench.hubs.refresh()
    expect(hub.confirmedAt).toBe(0)
    await tick()
    expect(hub.position).toBe(4)
  })

  it.each([
    ['lost', null],
    ['of an earlier epoch', { epoch: 0, seq: 9 }],
  ])('corrects a head in the directory that is %s', async (_what, head) => {
    const bench = new Bench()
    bench.store(3)
    await bench.open()
    bench.heads.set(channelId, { head, fresh: true })
    await bench.hubs.refresh()
    expect(bench.corrected).toEqual([[channelId, head, { epoch: 1, seq: 3 }]])
  })

  it('reads heads from the store while the directory is away, and corrects none', async () => {
    const bench = new Bench()
    bench.store(3)
    const hub = await bench.open()
    bench.directoryIsAway = true
    bench.store(4)
    await bench.hubs.refresh()
    await tick()
    expect(hub.position).toBe(4)
    expect(bench.corrected).toEqual([])
  })

  it('brings open channels up to every event that any server has acknowledged', async () => {
    const bench = new Bench()
    bench.store(3)
    const hub = await bench.open()
    bench.store(4)
    await bench.hubs.readHeads([channelId, 'p-closed'])
    await hub.caughtUp()
    expect(hub.position).toBe(4)
    expect(bench.reads.at(-1)).toEqual([channelId])
  })
})

describe('channels that nobody uses', () => {
  const minuteAgo = () => steadyNow() - 60_000

  it('closes a channel half a minute after its last member left', async () => {
    const bench = new Bench()
    bench.store(3)
    const hub = await bench.open()
    await bench.hubs.refresh()
    expect(bench.hubs.size).toBe(1)
    hub.idleSince = minuteAgo()
    await bench.hubs.refresh()
    expect(bench.hubs.size).toBe(0)
    expect(bench.dropped).toEqual([channelId])
  })

  it('keeps a channel open while it has a member', async () => {
    const bench = new Bench()
    bench.store(3)
    const hub = await bench.open()
    const ann = new LocalUser('ann', { messagesPerSecond: 1, messageBurst: 1 })
    ann.connections.add(new Listener())
    hub.attach(ann, 'member')
    hub.idleSince = minuteAgo()
    await bench.hubs.refresh()
    expect(bench.hubs.get(channelId)).toBe(hub)
  })
})
